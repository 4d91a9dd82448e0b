#pragma once

#include <map>
#include <string>

namespace vaka::sink {

// A mail message as a person would see it.
struct Mail {
  std::map<std::string, std::string> headers;  // names in lower case, encoded words decoded
  std::string plain;
  std::string html;
};

// Reads what the notifications service writes: one text part or multipart/alternative, base64 or
// as is, UTF-8. What it does not understand is left out.
Mail ParseMail(const std::string& data);

}  // namespace vaka::sink
