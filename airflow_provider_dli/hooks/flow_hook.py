"""What the hooks share: a connection that leads somewhere, and flows that are run there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_dli.hooks.reading import Settings, read_patiently, read_settings
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.rest.deadline import after
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, Step, intercept
from airflow_provider_dli.rest.patience import Access, Patience, patiently, within
from airflow_provider_dli.rest.request import Request
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target

T = TypeVar("T")


class Gate(Protocol):
    """What requests go through on their way."""

    def ask(self, request: Request[T]) -> Flow[T]:
        """Send a request and return its decoded answer."""
        ...


class Gated(Protocol):
    """A back end, as far as a hook has to know it."""

    @property
    def gate(self) -> Gate:
        """What requests go through on their way there."""
        ...


B = TypeVar("B", bound=Gated)


class FlowHook(BaseHook, Generic[B]):
    """Runs flows on what a connection leads to.

    :param conn_id: the connection.
    :param grace_period: seconds for which transient errors are retried.
    """

    #: The fields of the connection's form.
    fields: ClassVar[Mapping[str, dict[str, Any]]]
    #: How the form's own fields look.
    ui_field_behaviour: ClassVar[Mapping[str, Any]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make the form each hook's own: Airflow 2 looks for it in the class itself, and not in those above."""
        super().__init_subclass__(**kwargs)
        for name in ("get_ui_field_behaviour", "get_connection_form_widgets"):
            if name not in vars(cls):
                setattr(cls, name, classmethod(getattr(cls, name).__func__))

    def __init__(self, conn_id: str, *, grace_period: float) -> None:
        super().__init__()
        self._conn_id = conn_id
        self._patience = Patience(grace_period)
        self._access = Access()
        self._is_closed = False

    @staticmethod
    def target_of(connection: Any, extra: dict[str, Any]) -> Target:
        """Return the target that a connection stands for."""
        raise NotImplementedError

    @staticmethod
    def backend_of(connection: Any, extra: dict[str, Any]) -> B:
        """Return the back end that a connection stands for."""
        raise NotImplementedError

    def run(self, flow: Flow[T], deadline: float | None = None) -> T:
        """Run a flow to its end and return its result.

        :param flow: the flow.
        :param deadline: until when it may wait, a moment of the monotonic clock; None for as long as it takes.
        :raises WaitTimedOut: when it wants to wait longer.
        :raises JobError: when it wants to begin something after :meth:`begin_nothing_more`.
        """
        return self._run(self._driver, flow, deadline)

    def begin_nothing_more(self) -> None:
        """Let :meth:`run` begin nothing more: Airflow gives a killed task some seconds, and lets it go on in them."""
        self._is_closed = True

    def send(self, request: Request[T]) -> T:
        """Send one request, again where that is safe and could help, and return its decoded answer.

        :param request: what an endpoint function returned.
        :raises RestError: when that did not succeed within the grace period.
        :raises NotInThisVersion: when a cluster's version does not have this operation.
        """
        return self.run(self.backend.gate.ask(request))

    def run_apart(self, flow: Flow[T], seconds: float, grace_period: float) -> T:
        """Run a flow beside another one, as a kill does that comes in the middle of a request.

        :param flow: the flow.
        :param seconds: how long it may take, whatever the server does.
        :param grace_period: seconds for which transient errors are retried.
        """
        return self._run_apart(self._target, flow, seconds, grace_period)

    def test_connection(self) -> tuple[bool, str]:
        """Test everything that the connection leads to, with one attempt each; Airflow's connection form calls this.

        :return: whether all of it can be used, and a sentence on each.
        """
        self._patience = Patience(grace=0.0)
        sentences = []
        for probe in (self.who_answers, self.further_answers):
            try:
                sentences.append(probe())
            except Exception as error:
                return False, " ".join([*sentences, self._without_id(str(error))])
        return True, " ".join(filter(None, sentences))

    def who_answers(self) -> str:
        """Return a sentence on the service that responds."""
        raise NotImplementedError

    def further_answers(self) -> str:
        """Return a sentence on what else the connection names; empty where it names nothing else.

        :raises Exception: when that cannot be used.
        """
        return ""

    def _without_id(self, sentence: str) -> str:
        """Return an error without the connection's id: Airflow tests a connection under a random one."""
        rest = sentence.removeprefix(f"Connection {self._conn_id!r}: ")
        return rest[:1].upper() + rest[1:]

    def _run(self, driver: Driver, flow: Flow[T], deadline: float | None) -> T:
        patient = patiently(flow, self._patience, access=self._access)
        return driver.run(intercept(within(patient, deadline), self._pass_on))

    def _pass_on(self, step: Step) -> Flow[Any]:
        # Who cleans up may do so.
        if self._is_closed and isinstance(step, Request) and not step.safe and step.method != "DELETE":
            raise JobError(f"The task was killed before it could send {step}: nothing was changed.")
        try:
            return (yield step)
        except RestError as error:
            if not (error.concerns_credentials and self._renew()):
                raise
        return (yield step)

    def _renew(self) -> bool:
        """Go over to what the connection leads to now; tell whether that is something else than before.

        A kill may interrupt this. It reads nothing: it uses what was read last.
        """
        if self._is_closed:
            return False
        try:
            settings = read_settings(type(self), self._conn_id)
            if settings.fingerprint == self._settings.fingerprint:
                return False
            self._take(settings)
        except Exception as error:
            self.log.warning("The connection could not be read again: %s: %s", type(error).__name__, error)
            return False
        self.log.info("The connection %r has changed; its new content is used from now on.", self._conn_id)
        return True

    def _take(self, settings: Settings) -> None:
        """Use other settings from now on, also in flows that are running.

        :raises ValueError: when they cannot be used; then nothing has changed.
        """
        target = self.target_of(*settings)
        sender = Sender(target)
        self._settings, self._target = settings, target
        self._driver.use(sender)

    def _run_apart(self, target: Target, flow: Flow[T], seconds: float, grace_period: float) -> T:
        deadline = after(seconds)
        driver = Driver(Sender(replace(target, deadline=deadline)), self.log.info)
        return driver.run(within(patiently(flow, Patience(grace_period)), deadline))

    @cached_property
    def backend(self) -> B:
        """What the connection leads to, as a back end for flows."""
        return self.backend_of(self._connection, self._extra)

    @cached_property
    def _settings(self) -> Settings:
        # Read before there is a job to kill, and again only where credentials are refused: a kill interrupts a task
        # anywhere, also while it asks Airflow for something, and must never ask Airflow itself.
        return read_patiently(type(self), self._conn_id, self._patience, self._warn)

    def _warn(self, sentence: str) -> None:
        if self._is_closed:
            raise JobError(f"The task was killed before the connection {self._conn_id!r} could be read.")
        self.log.warning(sentence)

    @property
    def _connection(self) -> Any:
        return self._settings.connection

    @property
    def _extra(self) -> dict[str, Any]:
        return self._settings.extra

    @cached_property
    def _target(self) -> Target:
        return self.target_of(self._connection, self._extra)

    @cached_property
    def _driver(self) -> Driver:
        return Driver(Sender(self._target), self.log.info)

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return how Airflow 2's connection form looks; Airflow 3 reads the provider's metadata."""
        return {
            "hidden_fields": cls.ui_field_behaviour["hidden-fields"],
            "relabeling": cls.ui_field_behaviour["relabeling"],
            "placeholders": cls.ui_field_behaviour["placeholders"],
        }

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the fields of Airflow 2's connection form; Airflow 3 reads the provider's metadata."""
        return {name: _widget(field) for name, field in cls.fields.items()}


def _widget(field: Mapping[str, Any]) -> Any:
    from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget
    from wtforms import BooleanField, PasswordField, StringField
    from wtforms.validators import AnyOf, Optional

    label, described, schema = field["label"], field["description"], field["schema"]
    if schema["type"][0] == "boolean":
        return BooleanField(label, default=schema["default"], description=described)
    if schema.get("format") == "password":
        return PasswordField(label, widget=BS3PasswordFieldWidget(), description=described)
    if choices := [each for each in schema.get("enum", ()) if each is not None]:
        # Airflow 2 lets no select field into the form.
        described = f"{described} One of {', '.join(choices)}."
        checks = [Optional(), AnyOf(choices)]
        return StringField(label, widget=BS3TextFieldWidget(), description=described, validators=checks)
    return StringField(label, widget=BS3TextFieldWidget(), description=described)
