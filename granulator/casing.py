"""Where snake_case meets camelCase: the base of every request and response model, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel


class CamelModel(BaseModel):
    """A wire model: camelCase outside, unknown keys refused, ``null`` the same as absent."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        serialize_by_alias=True,
        validate_by_name=False,
        validate_by_alias=True,
    )


class RequestModel(CamelModel):
    """A request body or a part of one."""

    @model_validator(mode="before")
    @classmethod
    def null_is_absent(cls, value: object) -> object:
        if isinstance(value, Mapping):
            return {key: item for key, item in value.items() if item is not None}
        return value


class ResponseModel(CamelModel):
    """A response body or a part of one; built by field name."""

    # Built at first use: a server answers most requests without any of these.
    model_config = ConfigDict(validate_by_name=True, defer_build=True)
