"""A table of rows and the things that they are about: django-import-export's rows and fields, our words and our writing.

A resource is made for one piece of a table, in the transaction that works it. `load` reads, and locks in id order, all
that the rows are about; then each row becomes an instance that is checked; at the end `write` does what the good ones ask
for, in few statements however many rows there are, by the domain's own calls.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, cast

from django.core.exceptions import ValidationError
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource
from import_export.results import RowResult
from tablib.core import Dataset

from bulk.problems import BadCell, BadLine, BulkError
from bulk.tables import Row, Table
from bulk.widgets import Cell
from staff.rights import Actor

Cells = Mapping[str, str]


class Column(Field):
    """A column; one that is `shown` is written for people to read, and passed over when it comes back."""

    widget: Cell
    attribute: str
    column_name: str

    def __init__(self, widget: Any = None, *, attribute: str, needed: bool = False, shown: bool = False):
        super().__init__(attribute=attribute, widget=widget, readonly=shown)
        self.needed = needed


class Outcome(RowResult):
    """What became of a row; of one that does nothing, what is to be said about that."""

    def __init__(self) -> None:
        super().__init__()
        self.remark: Mapping[str, BadCell] = {}

    def add_instance_info(self, instance: Any) -> None:
        """Off: it is not used, and would read from the database what it names."""

    @property
    def wrong(self) -> list[tuple[str, ValidationError]]:
        """Columns, and what is wrong with them."""
        error: ValidationError | None = self.validation_error
        errors = error.error_dict if error is not None else {}
        return [(column, one) for column, found in errors.items() for one in found]


class _Loaded(BaseInstanceLoader):
    """Finds a row's thing among those that the resource has loaded."""

    resource: "TableResource"

    def get_instance(self, row: Cells) -> Any:
        return self.resource.find(row)


class TableResource(Resource):  # type: ignore[type-arg]  # the library's takes none at run time
    """Base of the kinds of tables."""

    # Columns whose cells together may be there once in a file.
    once: tuple[tuple[str, ...], ...] = ()

    class Meta:
        instance_loader_class = _Loaded
        import_id_fields = ()
        skip_diff = True
        use_transactions = False

    def __init__(self, *, actor: Actor | None = None):
        super().__init__()
        self.actor = actor
        # Good rows, in the order of the table: what is new, and pairs of what was and what shall be.
        self.new: list[Any] = []
        self.pairs: list[tuple[Any, Any]] = []
        # State of the current row: the object before it, and the remark if the row changes nothing.
        self._was: Any = None
        self._remark: Mapping[str, BadCell] = {}

    # --- what a kind says ----------------------------------------------------------------------------------

    def load(self, rows: Sequence[Cells]) -> None:
        """Read and lock what the rows are about."""
        raise NotImplementedError

    def find(self, row: Cells) -> Any | None:
        """What the row is about, if it is there already."""
        raise NotImplementedError

    def init_instance(self, row: Cells | None = None) -> Any:
        raise NotImplementedError

    def check(self, instance: Any, was: Any | None, row: Cells) -> Mapping[str, BadCell]:
        """What is wrong with the row as a whole: column -> why. `was` is its thing as it is now; None if there is none."""
        return {}

    def remark(self, instance: Any) -> Mapping[str, BadCell]:
        """What is to be said of a row that does nothing."""
        return {}

    def write(self) -> None:
        """Do what the good rows ask for, all in the caller's transaction."""
        raise NotImplementedError

    # --- the columns -----------------------------------------------------------------------------------------

    @classmethod
    def known(cls) -> list[Column]:
        """The columns of this kind of table."""
        return cast("list[Column]", [*cls.fields.values()])

    @classmethod
    def check_columns(cls, columns: Iterable[str]) -> None:
        """Raise BulkError for columns that are unknown, or missing."""
        known = {field.column_name: field for field in cls.known()}
        if unknown := [column for column in columns if column and column not in known]:
            raise BulkError("unknown_columns", columns=", ".join(unknown), known=", ".join(known))
        missing = [name for name, field in known.items() if field.needed and name not in columns]
        if missing:
            raise BulkError("missing_columns", columns=", ".join(missing))

    @classmethod
    def repeated(cls, table: Table) -> dict[int, BadLine]:
        """Which rows of a whole table repeat an earlier one: index -> why."""
        found: dict[int, BadLine] = {}
        widgets: dict[str | None, Any] = {field.column_name: field.widget for field in cls.fields.values()}
        for columns in cls.once:
            first: dict[tuple[str, ...], int] = {}
            for index, row in enumerate(table.rows):
                key = tuple(widgets[column].same(row.cells.get(column, "")) for column in columns)
                if all(key) and first.setdefault(key, row.line) != row.line:
                    found[index] = BadLine({columns[-1]: BadCell("twice", line=first[key])})
        return found

    # --- rows ------------------------------------------------------------------------------------------------

    def take(self, rows: Sequence[Row]) -> list[Outcome]:
        """Check the rows and write the good ones; what became of each."""
        cells = [row.cells for row in rows]
        self.load(cells)
        columns = list(dict.fromkeys(name for row in cells for name in row))
        table = Dataset(*([row.get(name, "") for name in columns] for row in cells), headers=columns)
        results = cast("list[Outcome]", self.import_data(table, use_transactions=False).rows)
        for result in results:
            for error in result.errors:
                raise error.error  # the library would keep it to itself
        self.write()
        return results

    def import_instance(self, instance: Any, row: dict[str, Any], **kwargs: Any) -> None:
        """Every wrong cell of a row is named."""
        wrong: dict[str, BadCell] = {}
        for field in self._taken():
            try:
                self.import_field(field, instance, row, **kwargs)
            except BadCell as error:
                wrong[field.column_name] = error
        if wrong:
            raise BadLine(wrong)

    def after_init_instance(self, instance: Any, new: bool, row: Cells, **kwargs: Any) -> None:  # noqa: FBT001 the library passes it by place
        self._was, self._remark = None if new else copy(instance), {}

    def skip_row(
        self, instance: Any, original: Any, row: Cells, import_validation_errors: dict[str, Any] | None = None
    ) -> bool:
        """The library's last step before it would save: here what was can be compared with what shall be."""
        if import_validation_errors:
            return False
        if wrong := self.check(instance, self._was, row):
            raise BadLine(wrong)
        if self._was is None:
            self.new.append(instance)
        elif self.is_unchanged(instance, self._was):
            self._remark = self.remark(instance)
            return True
        else:
            self.pairs.append((self._was, instance))
        return False

    def is_unchanged(self, instance: Any, was: Any) -> bool:
        return not self.changed_fields(instance, was)

    def changed_fields(self, instance: Any, was: Any) -> list[Column]:
        fields = (field for field in self._taken() if not field.readonly)
        return [field for field in fields if field.get_value(instance) != field.get_value(was)]

    def _taken(self) -> list[Column]:
        return cast("list[Column]", self.get_import_fields())

    def after_import_row(self, row: Cells, row_result: RowResult, **kwargs: Any) -> None:
        cast("Outcome", row_result).remark = self._remark

    def save_instance(self, instance: Any, is_create: bool, row: Cells, **kwargs: Any) -> None:  # noqa: FBT001 likewise
        """`write` does it, for all rows at once."""

    @classmethod
    def get_row_result_class(cls) -> type[Outcome]:
        return Outcome
