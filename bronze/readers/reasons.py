"""Reasons why a record could not be read: stable codes, one sentence each, for tables, reports and replay."""

NOT_UTF8 = "not_utf8"
NOT_JSON = "not_json"
NOT_AN_OBJECT = "not_an_object"
SEVERAL_OBJECTS = "several_objects"
DUPLICATE_KEY = "duplicate_key"
LINE_TOO_LONG = "line_too_long"
BAD_QUOTING = "bad_quoting"
WRONG_FIELD_COUNT = "wrong_field_count"
MISSING_COLUMN = "missing_column"
MISSING_FIELD = "missing_field"
WRONG_TYPE = "wrong_type"
NOT_FINITE = "not_finite"
TIME_UNREADABLE = "time_unreadable"
TIME_WITHOUT_ZONE = "time_without_zone"
TIME_WITH_ZONE = "time_with_zone"
TIME_DOES_NOT_EXIST = "time_does_not_exist"
SENSOR_MISSING = "sensor_missing"
SENSOR_UNMAPPED = "sensor_unmapped"
UNIT_UNMAPPED = "unit_unmapped"
TRUNCATED = "truncated"
CORRUPT_STREAM = "corrupt_stream"
UNREADABLE_FILE = "unreadable_file"

SENTENCES: dict[str, str] = {
    NOT_UTF8: "The line holds bytes that are not UTF-8.",
    NOT_JSON: "The line is not JSON.",
    NOT_AN_OBJECT: "The line is JSON, but an array, a text or a number instead of an object.",
    SEVERAL_OBJECTS: "The line holds more than one JSON object.",
    DUPLICATE_KEY: "An object names one key twice, so that its value is not known.",
    LINE_TOO_LONG: "The line is longer than a record may be; its beginning is kept.",
    BAD_QUOTING: "The quotes of a CSV record do not close or stand where none may.",
    WRONG_FIELD_COUNT: "The CSV record has more or fewer fields than the header.",
    MISSING_COLUMN: "The file lacks a column that the mapping names, or has it twice.",
    MISSING_FIELD: "The record lacks a field that its feed requires.",
    WRONG_TYPE: "A field has another type than its column, such as a text where a number belongs.",
    NOT_FINITE: "A number is NaN, infinite or beyond the range of a double.",
    TIME_UNREADABLE: "The time is not in the form that the mapping names, or outside years 1 to 9999.",
    TIME_WITHOUT_ZONE: "The time has no zone although the mapping says that it carries one.",
    TIME_WITH_ZONE: "The time carries a zone although the mapping says that it is local.",
    TIME_DOES_NOT_EXIST: "The local time falls into the hour that was left out when summer time began.",
    SENSOR_MISSING: "The record names no sensor.",
    SENSOR_UNMAPPED: "The mapping's table of sensors and machines does not hold the sensor.",
    UNIT_UNMAPPED: "The record names no unit, and the mapping has none for its metric.",
    TRUNCATED: "The compressed file ends before its end; what came before is read.",
    CORRUPT_STREAM: "The compressed file is damaged in the middle; what came before is read.",
    UNREADABLE_FILE: "The file cannot be opened as what it claims to be.",
}
