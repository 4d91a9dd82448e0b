#include "services/registry/csv.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace vaka::registry {
namespace {

class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {
    absl::ConsumePrefix(&text_, "\xEF\xBB\xBF");
    const absl::string_view first = text_.substr(0, text_.find('\n'));
    if (std::count(first.begin(), first.end(), ';') > std::count(first.begin(), first.end(), ',')) {
      separator_ = ';';
    }
  }

  absl::StatusOr<std::vector<CsvRow>> Read() {
    std::vector<CsvRow> rows;
    while (at_ < text_.size()) {
      CsvRow row;
      row.line = line_;
      while (true) {
        absl::StatusOr<std::string> cell = Cell();
        if (!cell.ok()) return cell.status();
        row.cells.push_back(*std::move(cell));
        if (at_ == text_.size() || text_[at_] != separator_) break;
        ++at_;
      }
      EndLine();
      if (row.cells.size() > 1 || !row.cells[0].empty()) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  absl::StatusOr<std::string> Cell() {
    if (at_ < text_.size() && text_[at_] == '"') return Quoted();
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != separator_ && !AtLineEnd()) {
      if (text_[at_] == '"') return Wrong(line_, "a quote stands inside a cell that is not quoted");
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  absl::StatusOr<std::string> Quoted() {
    const uint32_t begins = line_;
    std::string cell;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        if (at_ == text_.size() || text_[at_] == separator_ || AtLineEnd()) return cell;
        if (text_[at_] != '"') return Wrong(line_, "a quoted cell goes on after its closing quote");
      }
      if (text_[at_] == '\n') ++line_;
      cell += text_[at_];
    }
    return Wrong(begins, "a quote is never closed");
  }

  bool AtLineEnd() const {
    return text_[at_] == '\n' ||
           (text_[at_] == '\r' && absl::StartsWith(text_.substr(at_), "\r\n"));
  }

  void EndLine() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size()) ++at_;
    ++line_;
  }

  static absl::Status Wrong(uint32_t line, absl::string_view problem) {
    return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", problem));
  }

  absl::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  char separator_ = ',';
};

}  // namespace

absl::StatusOr<std::vector<CsvRow>> ParseCsv(absl::string_view text) { return Reader(text).Read(); }

}  // namespace vaka::registry
