#include "libs/config/municipality.h"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/status.h"
#include "libs/config/validate.h"

namespace vaka::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using nlohmann::json;

// Turns YAML into protobuf's JSON along a message's fields, so that every mistake has a field and a
// line, and remembers the line of every field for what is found wrong later.
class Converter {
 public:
  explicit Converter(absl::string_view file) : file_(file) {}

  absl::StatusOr<json> Message(const YAML::Node& node, const Descriptor& type,
                               const std::string& path) {
    if (!node.IsMap()) return Wrong(node, path, "a mapping of fields is needed");
    json object = json::object();
    for (const auto& entry : node) {
      const std::string name = entry.first.as<std::string>();
      const std::string field_path = path.empty() ? name : absl::StrCat(path, ".", name);
      const FieldDescriptor* field = type.FindFieldByName(name);
      if (field == nullptr) return Wrong(entry.first, field_path, "there is no such field");
      if (object.contains(name)) return Wrong(entry.first, field_path, "is given twice");
      lines_[field_path] = Line(entry.first);
      VAKA_ASSIGN(object[name], Field(entry.second, *field, field_path));
    }
    return object;
  }

  absl::Status Located(const absl::Status& status) const {
    const auto info = InfoOf(status);
    if (!info) return absl::InvalidArgumentError(absl::StrCat(file_, ": ", status.message()));
    return WithInfo(absl::InvalidArgumentError(
                        absl::StrCat(file_, ":", LineOf(info->field()), ": ", status.message())),
                    *info);
  }

 private:
  absl::StatusOr<json> Field(const YAML::Node& node, const FieldDescriptor& field,
                             const std::string& path) {
    if (!field.is_repeated()) return Value(node, field, path);
    if (!node.IsSequence()) return Wrong(node, path, "a list is needed");
    json list = json::array();
    for (size_t i = 0; i < node.size(); ++i) {
      const std::string item_path = absl::StrCat(path, "[", i, "]");
      lines_[item_path] = Line(node[i]);
      VAKA_ASSIGN(json item, Value(node[i], field, item_path));
      list.push_back(std::move(item));
    }
    return list;
  }

  absl::StatusOr<json> Value(const YAML::Node& node, const FieldDescriptor& field,
                             const std::string& path) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return Message(node, *field.message_type(), path);
    }
    if (!node.IsScalar()) return Wrong(node, path, "a single value is needed");
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return json(node.Scalar());
      case FieldDescriptor::CPPTYPE_UINT32:
        return Scalar<uint32_t>(node, path, "a whole number from 0 is needed");
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return Scalar<double>(node, path, "a number is needed");
      case FieldDescriptor::CPPTYPE_BOOL:
        return Scalar<bool>(node, path, "true or false is needed");
      default:
        return Wrong(node, path, "cannot be set from a file");
    }
  }

  template <typename T>
  absl::StatusOr<json> Scalar(const YAML::Node& node, const std::string& path,
                              absl::string_view needed) {
    T value;
    // yaml-cpp reads "-1" into an unsigned number without complaint.
    const bool negative = std::is_unsigned_v<T> && absl::StartsWith(node.Scalar(), "-");
    if (!negative && YAML::convert<T>::decode(node, value)) return json(value);
    return Wrong(node, path, absl::StrCat("\"", node.Scalar(), "\"; ", needed));
  }

  absl::Status Wrong(const YAML::Node& node, const std::string& path,
                     absl::string_view problem) const {
    options::v1::ErrorInfo info;
    info.set_field(path);
    return WithInfo(absl::InvalidArgumentError(absl::StrCat(
                        file_, ":", Line(node), ": ", path.empty() ? "file" : path, ": ", problem)),
                    info);
  }

  static int Line(const YAML::Node& node) { return node.Mark().line + 1; }

  // The line of the field, or of the nearest thing around it that the file has.
  int LineOf(std::string path) const {
    while (true) {
      const auto line = lines_.find(path);
      if (line != lines_.end()) return line->second;
      const size_t cut = path.find_last_of(".[");
      if (cut == std::string::npos) return 1;
      path.resize(cut);
    }
  }

  const std::string file_;
  std::map<std::string, int> lines_;
};

}  // namespace

absl::StatusOr<registry::v1::MunicipalityConfig> ParseMunicipality(absl::string_view yaml,
                                                                   absl::string_view file) {
  registry::v1::MunicipalityConfig config;
  Converter converter(file);
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    VAKA_ASSIGN(const json object, converter.Message(root, *config.GetDescriptor(), ""));
    const auto parsed = google::protobuf::util::JsonStringToMessage(object.dump(), &config);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(absl::string_view(file), ": ", std::string(parsed.message())));
    }
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(absl::StrCat(file, ":", e.mark.line + 1, ": ", e.msg));
  } catch (const json::exception& e) {  // text that is not UTF-8
    return absl::InvalidArgumentError(absl::StrCat(file, ": ", e.what()));
  }
  if (absl::Status valid = ValidateMunicipality(config); !valid.ok()) {
    return converter.Located(valid);
  }
  return config;
}

absl::StatusOr<registry::v1::MunicipalityConfig> LoadMunicipality(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be opened"));
  std::ostringstream text;
  text << file.rdbuf();
  return ParseMunicipality(text.str(), path);
}

}  // namespace vaka::config
