#include "libs/redis/append_only_file.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace vaka::redis {
namespace {

constexpr size_t kMostSaid = 300;  // of a warning

// "*3\r" with mark '*' is 3. False: it is no such line.
bool ParseLength(absl::string_view line, char mark, int64_t* length) {
  return line.size() > 2 && line.front() == mark && line.back() == '\r' &&
         absl::SimpleAtoi(line.substr(1, line.size() - 2), length) && *length >= 0;
}

// What reading one command came to.
enum class Command { kRead, kMulti, kExec, kNone, kCutOff, kMalformed };

// A line with its end. Malformed where it cannot be what is wanted, cut off where the file ends
// before that can be told.
Command ReadLength(std::istream& file, char mark, int64_t* length) {
  std::string line;
  std::getline(file, line);
  if (file.eof()) return Command::kCutOff;
  return ParseLength(line, mark, length) ? Command::kRead : Command::kMalformed;
}

Command ReadCommand(std::istream& file) {
  if (file.peek() == std::char_traits<char>::eof()) return Command::kNone;
  if (file.peek() == '#') {  // a remark of Redis's own
    std::string remark;
    std::getline(file, remark);
    return file.eof() ? Command::kCutOff : Command::kRead;
  }
  int64_t words = 0;
  if (const Command header = ReadLength(file, '*', &words); header != Command::kRead) return header;
  std::string only;  // the command's only word, where it has but one
  for (int64_t word = 0; word < words; ++word) {
    int64_t bytes = 0;
    if (const Command header = ReadLength(file, '$', &bytes); header != Command::kRead)
      return header;
    if (words == 1 && bytes <= 5) {
      only.resize(static_cast<size_t>(bytes));
      file.read(only.data(), bytes);
    } else {
      file.ignore(bytes);
    }
    char end[2] = {};
    file.read(end, sizeof(end));
    if (file.eof()) return Command::kCutOff;
    if (end[0] != '\r' || end[1] != '\n') return Command::kMalformed;
  }
  if (only == "MULTI") return Command::kMulti;
  return only == "EXEC" ? Command::kExec : Command::kRead;
}

// Whether a whole command begins, or the end of a transaction stands, after the first line.
bool HoldsMoreCommands(std::istream& file) {
  std::string line;
  std::getline(file, line);
  int64_t length = 0;
  for (bool begun = false; std::getline(file, line);) {
    if (file.eof()) return false;  // the line itself is cut off
    if (line == "EXEC\r" || (begun && ParseLength(line, '$', &length))) return true;
    begun = ParseLength(line, '*', &length);
  }
  return false;
}

}  // namespace

FileEnd EndOf(std::istream& file) {
  bool in_transaction = false;
  while (true) {
    const std::streampos begin = file.tellg();
    switch (ReadCommand(file)) {
      case Command::kRead:
        break;
      case Command::kMulti:
        in_transaction = true;
        break;
      case Command::kExec:
        in_transaction = false;
        break;
      case Command::kNone:
        return in_transaction ? FileEnd::kTorn : FileEnd::kWhole;
      case Command::kMalformed:
        return FileEnd::kDamaged;
      case Command::kCutOff:
        file.clear();
        file.seekg(begin);
        return HoldsMoreCommands(file) ? FileEnd::kDamaged : FileEnd::kTorn;
    }
  }
}

FileEnd EndOfAppendOnlyFile(const std::string& folder) {
  const std::string files = absl::StrCat(folder, "/appendonlydir/");
  std::ifstream manifest(absl::StrCat(files, "appendonly.aof.manifest"));
  std::string last;
  // "file appendonly.aof.1.incr.aof seq 1 type i"; the last one of type i is written to.
  for (std::string line; std::getline(manifest, line);) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() >= 6 && words[5] == "i") last = words[1];
  }
  if (last.empty()) return FileEnd::kWhole;
  std::ifstream file(absl::StrCat(files, last), std::ios::binary);
  return EndOf(file);
}

std::string LastWarning(const std::string& file, std::streamoff from) {
  std::ifstream log(file);
  log.seekg(from);
  std::string warning;
  // "pid:role date time # text".
  for (std::string line; std::getline(log, line);) {
    const size_t at = line.find(" # ");
    if (at != std::string::npos) warning = line.substr(at + 3, kMostSaid);
  }
  if (absl::StrContains(warning, "append only file") || absl::StrContains(warning, "RDB")) {
    absl::StrAppend(&warning,
                    " [The data is damaged and nothing of it is served. Restore a backup, or keep "
                    "a copy and let redis-check-aof --fix cut the file at the damage: what comes "
                    "after it is lost then.]");
  }
  return warning;
}

}  // namespace vaka::redis
