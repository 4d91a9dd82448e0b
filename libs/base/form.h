#pragma once

#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace vaka {

// The fields of an `application/x-www-form-urlencoded` body; of a repeated name the last. Takes any
// bytes: what is no escape stands as it is.
std::map<std::string, std::string> ParseForm(absl::string_view body);

}  // namespace vaka
