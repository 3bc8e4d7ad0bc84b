"""Regions, users, sessions, tokens, access, idempotency, security events, rates."""

from collections.abc import Sequence

from alembic import op

revision: str = "2026_11_21_03_accounts"
down_revision: str | None = "2026_11_21_02_ledger"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = """
CREATE TABLE regions (
    code VARCHAR NOT NULL,
    name_zh VARCHAR NOT NULL,
    name_en VARCHAR NOT NULL,
    timezone VARCHAR NOT NULL,
    CONSTRAINT pk_regions PRIMARY KEY (code)
);

CREATE TABLE users (
    id UUID NOT NULL,
    login VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    password_hash VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    phone VARCHAR,
    email VARCHAR,
    deputy_id UUID,
    away_until TIMESTAMP WITH TIME ZONE,
    active BOOLEAN NOT NULL,
    channels JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT ck_users_role_word
        CHECK (role IN ('agent', 'dispatcher', 'technician', 'manager', 'appraiser', 'head', 'admin')),
    CONSTRAINT ck_users_language_word CHECK (language IN ('zh-CN', 'en')),
    CONSTRAINT uq_users_login UNIQUE (login),
    CONSTRAINT fk_users_deputy_id FOREIGN KEY(deputy_id) REFERENCES users (id)
);

CREATE INDEX ix_users_role ON users (role);

CREATE TABLE user_regions (
    user_id UUID NOT NULL,
    region_code VARCHAR NOT NULL,
    CONSTRAINT pk_user_regions PRIMARY KEY (user_id, region_code),
    CONSTRAINT fk_user_regions_user_id FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT fk_user_regions_region_code FOREIGN KEY(region_code) REFERENCES regions (code)
);

CREATE INDEX ix_user_regions_region_code ON user_regions (region_code);

CREATE TABLE sessions (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    user_agent VARCHAR,
    address VARCHAR,
    about_id UUID,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT fk_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT uq_sessions_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_sessions_user_id ON sessions (user_id);

CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);

CREATE INDEX ix_sessions_about_id ON sessions (about_id);

CREATE TABLE entry_links (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    about_id UUID NOT NULL,
    path VARCHAR NOT NULL,
    token_hash BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_entry_links PRIMARY KEY (id),
    CONSTRAINT fk_entry_links_user_id FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT uq_entry_links_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_entry_links_user_id ON entry_links (user_id);

CREATE INDEX ix_entry_links_about_id ON entry_links (about_id);

CREATE INDEX ix_entry_links_expires_at ON entry_links (expires_at);

CREATE TABLE api_tokens (
    id UUID NOT NULL,
    name VARCHAR NOT NULL,
    token_hash BYTEA NOT NULL,
    powers JSONB NOT NULL,
    regions JSONB,
    created_by UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_tokens PRIMARY KEY (id),
    CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_api_tokens_created_by FOREIGN KEY(created_by) REFERENCES users (id)
);

CREATE TABLE case_access (
    id UUID NOT NULL,
    case_id UUID NOT NULL,
    user_id UUID NOT NULL,
    reason VARCHAR NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_case_access PRIMARY KEY (id),
    CONSTRAINT fk_case_access_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE INDEX ix_case_access_user_live ON case_access (user_id, case_id) WHERE ended_at IS NULL;

CREATE INDEX ix_case_access_user_id_case_id ON case_access (user_id, case_id);

CREATE UNIQUE INDEX uq_case_access_live ON case_access (case_id, user_id, reason) WHERE ended_at IS NULL;

CREATE TABLE idempotency (
    key_sha256 BYTEA NOT NULL,
    actor_key VARCHAR NOT NULL,
    route VARCHAR NOT NULL,
    body_mark BYTEA NOT NULL,
    status INTEGER NOT NULL,
    headers JSONB NOT NULL,
    response BYTEA NOT NULL,
    made VARCHAR,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY (key_sha256)
);

CREATE INDEX ix_idempotency_created_at ON idempotency (created_at);

CREATE TABLE security_events (
    id UUID NOT NULL,
    kind VARCHAR NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_kind VARCHAR NOT NULL,
    actor_id UUID,
    actor_label VARCHAR NOT NULL,
    facts JSONB NOT NULL,
    CONSTRAINT pk_security_events PRIMARY KEY (id)
);

CREATE INDEX ix_security_events_at ON security_events (at);

CREATE UNLOGGED TABLE rates (
    key VARCHAR NOT NULL,
    spent_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_rates PRIMARY KEY (key)
);

CREATE INDEX ix_rates_spent_until ON rates (spent_until);

CREATE TABLE sign_in_delays (
    login VARCHAR NOT NULL,
    failures INTEGER NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE NOT NULL,
    failed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sign_in_delays PRIMARY KEY (login)
);

CREATE INDEX ix_sign_in_delays_failed_at ON sign_in_delays (failed_at);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(
        "DROP TABLE sign_in_delays, rates, security_events, idempotency, case_access, "
        "api_tokens, entry_links, sessions, user_regions, users, regions"
    )
