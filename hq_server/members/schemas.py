"""Bodies about members."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Text = Annotated[str, Meta(max_length=96)]


class Person(Struct):
    """Personal data: kept apart, never told to a gateway."""

    name: Text = ""
    phone: Annotated[str, Meta(max_length=32)] = ""
    email: Annotated[str, Meta(max_length=128)] = ""
    birthday: Annotated[str, Meta(max_length=10)] = ""
    consent: Annotated[str, Meta(max_length=200)] = ""
    gender: Literal["", "female", "male"] = ""

    def values(self) -> dict[str, str]:
        """As the table has it."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


class NewMember(Struct):
    """A member; the account is made if it is not named (a card made before its member names it)."""

    account: str = ""
    level: Annotated[str, Meta(max_length=16)] = "regular"
    display: Annotated[str, Meta(max_length=32)] = ""
    home: Annotated[str, Meta(max_length=6)] = ""
    cards: list[str] = field(default_factory=list)
    tags: list[Annotated[str, Meta(max_length=32)]] = field(default_factory=list)
    usual_cents: Annotated[int, Meta(ge=100, le=999_999_999)] = 5000
    person: Person | None = None


class MemberChange(Struct):
    """What is to be changed of a member."""

    level: Annotated[str, Meta(max_length=16)] | None = None
    status: str | None = None
    display: Annotated[str, Meta(max_length=32)] | None = None
    home: Annotated[str, Meta(max_length=6)] | None = None
    tags: list[Annotated[str, Meta(max_length=32)]] | None = None
    person: Person | None = None
