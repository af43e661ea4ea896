"""What can be wrong with a vector."""

from agenthub.kit.errors import Invalid, TooLarge


class DimensionMismatch(Invalid):
    """A vector has another number of values than its collection."""

    code = "dimension_mismatch"
    title = "The vector does not fit the collection"

    def __init__(self, expected: int, given: int) -> None:
        super().__init__(
            f"The collection holds vectors of {expected} numbers, the one given has {given}."
            " Use the collection's embedding model, or switch the collection to another model.",
            extra={"expected": expected, "given": given},
        )


class TooManyPoints(TooLarge):
    code = "too_many_points"
    title = "The collection is full"
