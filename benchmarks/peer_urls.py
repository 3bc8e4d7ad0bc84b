"""Routes of the peer, read by its own environment."""

from django.contrib import admin  # type: ignore[import-not-found]  # in the peer's environment
from django.urls import include, path  # type: ignore[import-not-found]  # as above

urlpatterns = [path("admin/", admin.site.urls), path("", include("helpdesk.urls", namespace="helpdesk"))]
