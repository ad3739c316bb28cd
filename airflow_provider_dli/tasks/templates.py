"""Templated parameters of a task: how they are checked, rendered, and converted before they are used."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_dli.tasks.parameters import OPENINGS, Reader, check, is_known, is_structured

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

# Settings of a Jinja environment that say how a template begins, in the order of OPENINGS.
_START_SETTINGS = ("variable_start_string", "block_start_string", "comment_start_string")


class TemplatedTask:
    """A task with templated parameters; mixed into operators and sensors.

    A class declares a reader for each templated parameter, and its ``template_fields`` are the names of these.
    """

    #: The reader of each templated parameter.
    readers: ClassVar[Mapping[str, Reader]] = {}
    #: The templated parameters that may name a template file, with an ending of ``template_ext``.
    file_fields: ClassVar[tuple[str, ...]] = ()
    #: A sentence for templates with a variable that Airflow does not have.
    undefined_advice: ClassVar[str] = ""

    def check(self, **given: Any) -> None:
        """Check templated parameters while the DAG file is parsed, as far as they are known then.

        :param given: the parameters, by name.
        :raises ValueError: when one of them cannot be read.
        """
        for name, value in given.items():
            check(self.readers[name], name, value, self._openings)

    def knows(self, *values: Any) -> bool:
        """Return whether values are known while the DAG file is parsed.

        :param values: the values.
        """
        return is_known(values, self._openings)

    def read_parameters(self) -> None:
        """Convert the templated parameters, after they were rendered. To convert them twice changes nothing.

        :raises ValueError: when one of them cannot be read.
        """
        for name, read in self.readers.items():
            setattr(self, name, read(name, getattr(self, name)))

    def resolve_template_files(self) -> None:
        """Read the template files that parameters name; Airflow would look for a file of any parameter."""
        for name in self.file_fields:
            value = getattr(self, name)
            if isinstance(value, list):
                setattr(self, name, [self._source(each) for each in value])
            else:
                setattr(self, name, self._source(value))
        self.prepare_template()  # type: ignore[attr-defined]

    def render_template(
        self, content: Any, context: Context, jinja_env: Any = None, seen_oids: set[int] | None = None
    ) -> Any:
        """Render a value; natively, a text stays the text that it is.

        Jinja's native rendering parses each text that looks like a Python literal: ``1.10`` would become ``1.1``, and
        JSON a dict. Only a template that is a list or a dict as a whole is meant to be parsed.

        :param content: the value; texts in lists and dicts are rendered as well.
        :param context: the task's context.
        :param jinja_env: the Jinja environment; None for that of the DAG.
        :param seen_oids: ids of objects that were rendered before.
        """
        if not isinstance(content, str):
            return super().render_template(content, context, jinja_env, seen_oids)  # type: ignore[misc]
        from jinja2 import UndefinedError

        env = jinja_env or self.get_template_env()  # type: ignore[attr-defined]
        template = env.get_template(content) if self._is_file(content) else env.from_string(content)
        try:
            return _rendered(template, context, parsed=self._is_structured(content))
        except UndefinedError as error:
            if not self.undefined_advice:
                raise
            raise UndefinedError(f"{error.message}. {self.undefined_advice}") from error

    @property
    def _openings(self) -> tuple[str, ...]:
        """The texts that templates begin with: a DAG may have its own."""
        dag = self.get_dag()  # type: ignore[attr-defined]
        own = getattr(dag, "jinja_environment_kwargs", None) or {}
        starts = tuple(own.get(name, usual) for name, usual in zip(_START_SETTINGS, OPENINGS, strict=True))
        prefix = own.get("line_statement_prefix")
        return (*starts, prefix) if prefix else starts

    def _is_structured(self, content: str) -> bool:
        """Return whether a text is the whole value of a parameter that is a list or a dict."""
        return any(is_structured(read) and getattr(self, name, None) == content for name, read in self.readers.items())

    def _is_file(self, content: Any) -> bool:
        """Return whether a value names a template file: SQL has a blank in it, and a file's name has none."""
        if not isinstance(content, str) or len(content.split()) != 1 or not content.endswith(self._endings):
            return False
        named = [getattr(self, name, None) for name in self.file_fields]
        return any(content == value or (isinstance(value, (list, tuple)) and content in value) for value in named)

    @property
    def _endings(self) -> tuple[str, ...]:
        return tuple(self.template_ext)  # type: ignore[attr-defined]

    def _source(self, value: Any) -> Any:
        """Return the content of a template file, and any other value as it is, also where the file is missing."""
        from jinja2 import TemplateNotFound

        if not self._is_file(value):
            return value
        env = self.get_template_env()  # type: ignore[attr-defined]
        try:
            return env.loader.get_source(env, value)[0] if env.loader else value
        except TemplateNotFound as error:
            self.log.warning("There is no template file %s.", error)  # type: ignore[attr-defined]
            return value


def _rendered(template: Any, context: Context, *, parsed: bool) -> Any:
    """Return what a template renders: a text, or in a native environment the one object in it.

    :param template: Jinja's template.
    :param context: the task's context.
    :param parsed: whether a text that is a Python literal becomes its value in a native environment.
    """
    from jinja2 import Undefined
    from jinja2.nativetypes import NativeEnvironment, native_concat

    env = template.environment
    # A copy of the context loads its values when they are used, as the context does.
    scope = copy.copy(context)
    scope.update({name: value for name, value in template.globals.items() if name not in scope})  # type: ignore[typeddict-item]
    try:
        parts = list(template.root_render_func(env.context_class(env, scope, template.name, template.blocks)))
    except Exception:
        env.handle_exception()
    # One that is not defined raises when it becomes a text, unless the DAG allows it.
    parts = [str(part) if isinstance(part, Undefined) else part for part in parts]
    if parsed and isinstance(env, NativeEnvironment):
        return native_concat(parts)
    if len(parts) == 1 and not isinstance(parts[0], str):
        return parts[0]
    return "".join(map(str, parts))
