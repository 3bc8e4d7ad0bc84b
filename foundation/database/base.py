"""The declarative base and the naming of constraints; every package's tables hang on this metadata."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

#: Fixed names, so that migrations can drop a constraint and `foundation.database.conflicts` can recognise one.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What all tables share: one metadata with named constraints."""

    metadata = MetaData(naming_convention=NAMES)
