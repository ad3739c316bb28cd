"""The endpoints of an API as methods: a group of them stands together as a class, and sends what they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import Signature, signature
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from airflow_provider_dli.rest.endpoint import Endpoint
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.request import Request

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D", covariant=True)


class Client(Protocol):
    """What sends the requests of a group."""

    def send(self, request: Request[T]) -> T:
        """Send a request and return its decoded answer."""
        ...

    def dialect(self) -> Any:
        """Return how the server's version wants to be spoken to."""
        ...


class Gate(Protocol[D]):
    """What stands before a server whose versions differ."""

    def dialect(self) -> Flow[D]:
        """Return how the server's version wants to be spoken to."""
        ...

    def ask(self, request: Request[T]) -> Flow[T]:
        """Send a request that the server's version understands, and return its decoded answer."""
        ...


class GatedClient(Generic[D]):
    """Sends what groups make through a gate.

    :param run: runs a flow to its end, as :meth:`.rest.sync.Driver.run` does.
    :param gate: what is known of the server's version.
    """

    def __init__(self, run: Callable[[Flow[Any]], Any], gate: Gate[D]) -> None:
        self._run = run
        self._gate = gate

    def send(self, request: Request[T]) -> T:
        """Send a request and return its decoded answer.

        :param request: the request.
        :raises NotInThisVersion: when the server's version does not have this operation.
        """
        answer: T = self._run(self._gate.ask(request))
        return answer

    def dialect(self) -> D:
        """Return how the server's version wants to be spoken to."""
        dialect: D = self._run(self._gate.dialect())
        return dialect


class Group:
    """Endpoints that stand together.

    :param client: sends what they make.
    """

    def __init__(self, client: Client) -> None:
        self.client = client


class Method(Generic[P, T]):
    """An endpoint as a method of a group.

    :param endpoint: the endpoint.
    :param knows_dialect: whether its first argument is the dialect, which the method supplies.
    """

    def __init__(self, endpoint: Endpoint[..., T], knows_dialect: bool) -> None:
        self.endpoint = endpoint
        self.knows_dialect = knows_dialect
        self.__doc__ = endpoint.__doc__
        parameters = list(signature(endpoint).parameters.values())
        self.signature = Signature(parameters[1:] if knows_dialect else parameters)

    @overload
    def __get__(self, group: None, owner: type) -> Method[P, T]: ...

    @overload
    def __get__(self, group: Group, owner: type) -> Callable[P, T]: ...

    def __get__(self, group: Group | None, owner: type) -> Method[P, T] | Callable[P, T]:
        return self if group is None else self._bound(group.client)

    def _bound(self, client: Client) -> Callable[P, T]:
        def send(*args: P.args, **kwargs: P.kwargs) -> T:
            spoken = (client.dialect(), *args) if self.knows_dialect else args
            return client.send(self.endpoint(*spoken, **kwargs))

        send.__doc__ = self.__doc__
        send.__signature__ = self.signature  # type: ignore[attr-defined]
        return send


def methods(client: object) -> Iterator[tuple[str, Method[..., Any]]]:
    """Yield all methods of a client's groups, with their names, as in ``jobs.detail``."""
    groups = ((name, group) for name, group in vars(client).items() if isinstance(group, Group))
    for group_name, group in groups:
        for name, member in vars(type(group)).items():
            if isinstance(member, Method):
                yield f"{group_name}.{name}", member


def method(endpoint: Endpoint[P, T]) -> Method[P, T]:
    """Return an endpoint as a method."""
    return Method(endpoint, knows_dialect=False)


def spoken(endpoint: Endpoint[Concatenate[Any, P], T]) -> Method[P, T]:
    """Return an endpoint as a method that knows the dialect by itself."""
    return Method(endpoint, knows_dialect=True)
