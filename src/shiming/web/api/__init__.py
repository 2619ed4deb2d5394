"""The public interface under ``/v1``: what pages do, for partners' programs, described by OpenAPI 3.1."""
