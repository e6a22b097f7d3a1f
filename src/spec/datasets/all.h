// all.h - the closed list of data sets.
#pragma once

#include <algorithm>
#include <variant>

#include "spec/fields.h"

namespace bunsen {

/// Handwritten digits, 60,000 + 10,000 images [1, 28, 28] (LeCun et al. 1998).
struct Mnist {
  static constexpr std::string_view name = "mnist";
  static constexpr std::string_view doc =
      "Handwritten digits, 60,000 training and 10,000 test images [1, 28, 28], 10 classes (LeCun et al. "
      "1998).";
  static constexpr std::string_view example = "mnist";
};

/// Articles of clothing, in MNIST's format (Xiao et al. 2017).
struct FashionMnist {
  static constexpr std::string_view name = "fashion_mnist";
  static constexpr std::string_view doc =
      "Articles of clothing, 60,000 training and 10,000 test images [1, 28, 28], 10 classes (Xiao et al. "
      "2017).";
  static constexpr std::string_view example = "fashion_mnist";
};

/// One's own files in the format of MNIST.
struct Idx {
  std::string images;
  std::string labels;
  std::optional<std::string> test_images;
  std::optional<std::string> test_labels;
  std::vector<std::string> classes;  ///< names of the labels 0, 1, ...; empty: as many as the labels need
  std::string folder;  ///< relative file names are relative to it; filled in when the config is resolved

  static constexpr std::string_view name = "idx";
  static constexpr std::string_view doc =
      "One's own files in MNIST's format: IDX files of unsigned bytes, plain or .gz. Images are [n, height, "
      "width], [n, channels, height, width] or [n, features], labels are [n].";
  static constexpr std::string_view example =
      "idx: {images: train-images.gz, labels: train-labels.gz, test_images: test-images.gz, test_labels: "
      "test-labels.gz}";
  static void describe(Fields<Idx>& field) {
    field("images", &Idx::images)
        .required()
        .doc("Training images; their size is read from the file. Relative to the config's folder.");
    field("labels", &Idx::labels).required().doc("Training labels, one byte an image: 0, 1, ...");
    field("test_images", &Idx::test_images)
        .absent("none")
        .doc("Test images of the same size; without them there is no test part.");
    field("test_labels", &Idx::test_labels).absent("none").doc("Test labels.");
    field("classes", &Idx::classes)
        .doc(
            "Names of the labels 0, 1, ...; when left out, as many classes as the largest training label "
            "needs.");
    field("folder", &Idx::folder)
        .operational()
        .doc("Folder that file names are relative to; filled in by bunsen.");
  }
  std::vector<Contradiction> contradictions() const {
    std::vector<Contradiction> out;
    if (test_images && !test_labels)
      out.push_back({"test_images", "has no `test_labels`", "name both or none"});
    if (test_labels && !test_images)
      out.push_back({"test_labels", "has no `test_images`", "name both or none"});
    if (classes.size() > 256)
      out.push_back({"classes", "names more classes than a byte can tell apart", "name at most 256"});
    for (std::size_t i = 0; i < classes.size(); ++i) {
      if (std::find(classes.begin(), classes.begin() + static_cast<std::ptrdiff_t>(i), classes[i]) ==
          classes.begin() + static_cast<std::ptrdiff_t>(i))
        continue;
      out.push_back({"classes", "names '" + classes[i] + "' twice", "name each class once"});
      break;
    }
    return out;
  }
};

enum class Task : std::uint8_t { classification, regression };
inline constexpr std::array<std::string_view, 2> names_of(Task) { return {"classification", "regression"}; }

enum class Separator : std::uint8_t { comma, semicolon, tab, bar };
inline constexpr std::array<std::string_view, 4> names_of(Separator) {
  return {"comma", "semicolon", "tab", "bar"};
}

/// What becomes of cells without a value.
enum class Missing : std::uint8_t { error, drop, mean };
inline constexpr std::array<std::string_view, 3> names_of(Missing) { return {"error", "drop", "mean"}; }

/// A table with a header line; every column but the label is a feature.
struct Csv {
  std::string file;
  std::string label;
  std::optional<std::string> test_file;
  Task task = Task::classification;
  std::vector<std::string> classes;  ///< the label's values, in class order; empty: those found, sorted
  std::vector<std::pair<std::string, std::vector<std::string>>>
      categorical;                  ///< column -> its values, one-hot
  std::vector<std::string> ignore;  ///< columns that are no features
  Missing missing = Missing::error;
  Separator separator = Separator::comma;
  std::string folder;  ///< relative file names are relative to it; filled in when the config is resolved

  static constexpr std::string_view name = "csv";
  static constexpr std::string_view doc =
      "One's own table: CSV with a header line (RFC 4180, plain or .gz); every column but the label is a "
      "feature. `bunsen data show FILE` writes the lines for a table.";
  static constexpr std::string_view example = "csv: {file: wine.csv, label: class}";
  static void describe(Fields<Csv>& field) {
    field.main("file", &Csv::file)
        .required()
        .doc("Training table (.csv or .csv.gz), relative to the config's folder.");
    field("label", &Csv::label).required().doc("Name of the column to predict.");
    field("test_file", &Csv::test_file)
        .absent("none")
        .doc("Test table with the same header; without it there is no test part.");
    field("task", &Csv::task).doc("Whether the label is a class or a number.");
    field("classes", &Csv::classes)
        .doc("The label's values in class order; those found, sorted, when left out.");
    field("categorical", &Csv::categorical)
        .doc("Columns of words and their values; each value becomes a feature of 0 or 1.");
    field("ignore", &Csv::ignore).doc("Columns that are no features: names, numbers of rows.");
    field("missing", &Csv::missing)
        .doc(
            "Cells that are empty, NA, nan, null or ?: `error` names the first, `drop` leaves its row out, "
            "`mean` takes the column's mean over the training part (the validation part left out; numbers "
            "only).");
    field("separator", &Csv::separator).doc("What stands between two cells.");
    field("folder", &Csv::folder)
        .operational()
        .doc("Folder that file names are relative to; filled in by bunsen.");
  }
};

enum class Pattern : std::uint8_t { blobs, spirals, exclusive_or };
inline constexpr std::array<std::string_view, 3> names_of(Pattern) { return {"blobs", "spirals", "xor"}; }

/// Points in the plane, made from a seed of their own; needs no files.
struct Synthetic {
  Pattern pattern = Pattern::blobs;
  std::int64_t samples = 1000;
  std::int64_t test_samples = 1000;
  std::int64_t classes = 2;
  std::int64_t features = 2;
  double noise = 0.2;
  std::int64_t seed = 0;

  static constexpr std::string_view name = "synthetic";
  static constexpr std::string_view doc =
      "Points made from a seed of their own, no files needed: Gaussian `blobs`, interleaved `spirals`, or "
      "`xor` of the signs.";
  static constexpr std::string_view example = "synthetic: {pattern: spirals, classes: 3}";
  static void describe(Fields<Synthetic>& field) {
    field.main("pattern", &Synthetic::pattern).doc("`blobs`, `spirals` (2 features) or `xor` (2 classes).");
    field("samples", &Synthetic::samples).at_least(1).at_most(1e8).doc("Training points.");
    field("test_samples", &Synthetic::test_samples).at_least(0).at_most(1e8).doc("Test points.");
    field("classes", &Synthetic::classes).at_least(2).at_most(1000).doc("Number of classes.");
    field("features", &Synthetic::features).at_least(2).at_most(10000).doc("Number of features.");
    field("noise", &Synthetic::noise)
        .at_least(0)
        .doc("Standard deviation of the noise added to each feature.");
    field("seed", &Synthetic::seed)
        .at_least(0)
        .doc("Seed of the points; the run's seed does not change them.");
  }
  std::vector<Contradiction> contradictions() const {
    if (pattern == Pattern::spirals && features != 2)
      return {{"features", "spirals have 2 features", "leave `features` out"}};
    if (pattern == Pattern::exclusive_or && classes != 2)
      return {{"classes", "xor has 2 classes", "leave `classes` out"}};
    return {};
  }
};

struct Dataset : std::variant<Mnist, FashionMnist, Idx, Csv, Synthetic> {
  using variant::variant;
  static constexpr std::string_view family_name = "dataset";
};

}  // namespace bunsen
