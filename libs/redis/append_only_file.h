#pragma once

#include <istream>
#include <string>

namespace vaka::redis {

// How an append-only file ends.
enum class FileEnd {
  kWhole,
  // Within its last command, as a write that a crash broke off. Redis answers no command before it
  // is written whole, so nobody was told of this one.
  kTorn,
  // Within a command that further commands follow: its length is damaged, and cutting the file
  // there, as Redis would, loses what was acknowledged.
  kDamaged,
};

// Reads Redis's wire format from the start. What is no such format at all is kDamaged.
FileEnd EndOf(std::istream& file);

// The end of the file that Redis appends to, by the manifest in `folder`/appendonlydir. kWhole when
// there is none.
FileEnd EndOfAppendOnlyFile(const std::string& folder);

// Why Redis ended: the last warning in its log `file` after `from`, and what an operator can do
// where that is known. Empty when it gave none. Redis's warnings hold no values.
std::string LastWarning(const std::string& file, std::streamoff from);

}  // namespace vaka::redis
