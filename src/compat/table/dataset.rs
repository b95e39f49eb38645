//! Rules about datasets: rows are what a dataset gives, so they are judged as outputs are.

use super::{mirror, waived};
use crate::finding::{Family, Rule};
use crate::version::Bump;

const FILES: &str = "/properties/files";
const SPLITS: &str = "/properties/splits";
const COLUMNS: &str = "/properties/columns";
const COLUMN: &str = "/properties/columns/additionalProperties/properties";
const CLASSES: &str = "/properties/classes";

reasons! { Dataset;
    RESERIALIZED: "dataset-reserialized", Patch, FILES, mirror("dataset-reserialized"),
        "The rows are the same, and their bytes differ.",
        "Whoever reads rows gets what was there before. Croissant's versioning calls a change of the serialisation a patch.";
    ROWS_ADDED: "dataset-rows-added", Minor, FILES, mirror("dataset-rows-removed"),
        "Rows were added, and every old row is as it was.",
        "The old rows can still be had by their keys. Croissant's versioning calls this minor.";
    ROWS_ADDED_UNKEYED: "dataset-rows-added-unkeyed", Major, FILES,
        waived("the reverse is `dataset-rows-removed`"),
        "Rows without keys were added, so that the old ones cannot be told from them.",
        "Nobody can take the old rows out of the new file. Croissant's versioning calls an extension without access to the old data major.";
    ROWS_REMOVED: "dataset-rows-removed", Major, FILES, mirror("dataset-rows-added"),
        "Rows were removed.",
        "Whoever asks for them finds nothing. Croissant's versioning calls removed data major.";
    ROWS_CHANGED: "dataset-rows-changed", Major, FILES, mirror("dataset-rows-changed"),
        "Values of rows changed that are no labels.",
        "The same key gives another row. Croissant's versioning calls edited data major.";
    LABELS_CHANGED: "dataset-labels-changed", Major, FILES, mirror("dataset-labels-changed"),
        "What rows expect changed: a label, a metric or a bar.",
        "What was right may be wrong now. Croissant's versioning calls edited data major; golden sets are mended often, so a changelog line that begins with `label-fix:` makes it minor.";
    REMARK_CHANGED: "dataset-remark-changed", Patch, FILES, mirror("dataset-remark-changed"),
        "Remarks for people changed: the notes of cases.",
        "Nothing reads a note but people.";
    ROWS_REORDERED: "dataset-rows-reordered", Major, "/properties/ordered", mirror("dataset-rows-reordered"),
        "Rows are in another order, and the dataset says that their order counts.",
        "With `ordered: true` the order is a part of the content. Croissant's versioning calls edited data major.";
    BYTES_CHANGED: "dataset-bytes-changed", Major, FILES, mirror("dataset-bytes-changed"),
        "Files changed, and their rows could not be compared.",
        "Rows may have been edited or removed. What cannot be decided is taken for the worst; an override with a reason may lower it.";
    SPLIT_MOVED: "dataset-split-moved", Major, SPLITS, mirror("dataset-split-moved"),
        "Rows are in another split.",
        "What was held out may have been trained on. Croissant's versioning calls records shuffled across splits major.";
    SPLIT_ADDED: "dataset-split-added", Minor, SPLITS, mirror("dataset-split-removed"),
        "A split was added.",
        "The others are as they were. Croissant's versioning calls a new record set minor.";
    SPLIT_REMOVED: "dataset-split-removed", Major, SPLITS, mirror("dataset-split-added"),
        "A split was removed.",
        "Whoever asks for it finds nothing.";
    SPLIT_RENAMED: "dataset-split-renamed", Major, SPLITS, mirror("dataset-split-renamed"),
        "A split has another name.",
        "Whoever asks for the old name finds nothing.";
    COLUMN_ADDED: "dataset-column-added", Minor, COLUMNS, mirror("dataset-column-removed"),
        "A column was added.",
        "The others are as they were. Croissant's versioning calls new fields minor.";
    COLUMN_REMOVED: "dataset-column-removed", Major, COLUMNS, mirror("dataset-column-added"),
        "A column was removed.",
        "Whoever reads it finds nothing. dbt's model contracts count a removed column as breaking.";
    COLUMN_RENAMED: "dataset-column-renamed", Major, COLUMNS, mirror("dataset-column-renamed"),
        "A column has another name.",
        "Whoever reads the old name finds nothing.";
    COLUMN_TYPE_WIDENED: "dataset-column-type-widened", Major, COLUMN, mirror("dataset-column-type-narrowed"),
        "A column may hold values that it could not hold before.",
        "Readers meet values that they were told not to expect, as with outputs.";
    COLUMN_TYPE_NARROWED: "dataset-column-type-narrowed", Minor, COLUMN, mirror("dataset-column-type-widened"),
        "A column promises more about its values.",
        "Every value that may come was allowed before.";
    COLUMN_TYPE_CHANGED: "dataset-column-type-changed", Major, COLUMN, mirror("dataset-column-type-changed"),
        "A column has another type.",
        "Readers meet values of another type. dbt's model contracts count a changed `data_type` as breaking.";
    COLUMN_ROLE_CHANGED: "dataset-column-role-changed", Major, "/properties/columns/additionalProperties/properties/label",
        mirror("dataset-column-role-changed"),
        "A column became a label, or is none any more.",
        "What is put in and what is expected are two things; whoever splits columns by it gets others.";
    CLASS_ADDED: "dataset-class-added", Major, CLASSES, mirror("dataset-class-removed"),
        "A class was added to the vocabulary of labels.",
        "Readers meet a class that they were told not to expect. With `extensible: true` they were told to, and it is minor.";
    CLASS_REMOVED: "dataset-class-removed", Minor, CLASSES, mirror("dataset-class-added"),
        "A class was removed from the vocabulary of labels.",
        "Every class that may come was allowed before.";
    CLASSES_OPENED: "dataset-classes-opened", Major, "/properties/extensible", mirror("dataset-classes-closed"),
        "Classes may come that are not listed.",
        "Readers were told that they may rely on the list.";
    CLASSES_CLOSED: "dataset-classes-closed", Minor, "/properties/extensible", mirror("dataset-classes-opened"),
        "Only listed classes may come.",
        "A promise added.";
    SAMPLING_WEIGHT_CHANGED: "dataset-sampling-weight-changed", Minor, "/properties/sampling",
        mirror("dataset-sampling-weight-changed"),
        "Rows are drawn otherwise: weights, size or seed.",
        "The rows are the same, and what is made of them differs.";
    LIVE: "dataset-live", Minor, "/properties/partitions",
        waived("the reverse is `dataset-partition-changed` or `dataset-rows-removed`"),
        "A live dataset grew as it said it would: rows in an open partition, a new partition, or one that was closed.",
        "Croissant's live datasets say beforehand that they grow.";
    PARTITION_CHANGED: "dataset-partition-changed", Major, "/properties/partitions",
        mirror("dataset-partition-changed"),
        "A closed partition has other bytes, was opened again, or is gone.",
        "A closed partition promises its digests for ever.";
    BECAME_LIVE: "dataset-became-live", Major, "/properties/live", mirror("dataset-became-fixed"),
        "The dataset may grow from now on.",
        "A promise withdrawn: whoever measures with it must know that it grows.";
    BECAME_FIXED: "dataset-became-fixed", Minor, "/properties/live", mirror("dataset-became-live"),
        "The dataset no longer grows.",
        "A promise added.";
    ORDER_PROMISED: "dataset-order-promised", Minor, "/properties/ordered", mirror("dataset-order-dropped"),
        "The order of the rows counts from now on.",
        "A promise added.";
    ORDER_DROPPED: "dataset-order-dropped", Major, "/properties/ordered", mirror("dataset-order-promised"),
        "The order of the rows no longer counts.",
        "A promise withdrawn: whoever reads rows by their place may get others.";
    ROW_KEY_ADDED: "dataset-row-key-added", Minor, "/properties/row_key", mirror("dataset-row-key-removed"),
        "A column names the rows that had no names.",
        "A promise added: rows can be had by their key.";
    ROW_KEY_REMOVED: "dataset-row-key-removed", Major, "/properties/row_key", mirror("dataset-row-key-added"),
        "No column names the rows any more.",
        "A promise withdrawn: whoever reads rows by their key can rely on it no longer.";
    ROW_KEY_CHANGED: "dataset-row-key-changed", Major, "/properties/row_key", mirror("dataset-row-key-changed"),
        "Another column names the rows.",
        "Whoever kept the old keys finds nothing by them.";
    PURPOSE_CHANGED: "dataset-purpose-changed", Major, "/properties/purpose", mirror("dataset-purpose-changed"),
        "The rows are for something else.",
        "What measured may be trained on now, or the other way round, so that scores lose their meaning.";
    LANGUAGE_ADDED: "dataset-language-added", Minor, "/properties/languages", mirror("dataset-language-removed"),
        "Rows in a further language are declared.",
        "A promise added.";
    LANGUAGE_REMOVED: "dataset-language-removed", Major, "/properties/languages", mirror("dataset-language-added"),
        "A language of the rows is no longer declared.",
        "A promise withdrawn.";
    DESCRIPTION_CHANGED: "dataset-description-changed", Patch, FILES, mirror("dataset-description-changed"),
        "Words or counts about files, columns, splits or partitions changed.",
        "It is part of what was published, and changes no row.";
}
