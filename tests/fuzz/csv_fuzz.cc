// Any text as a file of people: problems, or people. What the table's reader takes holds no empty
// row, and its lines are in order.
#include "services/registry/csv.h"
#include "services/registry/import.h"
#include "tests/fuzz/tape.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vaka::registry;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto rows = ParseCsv(text); rows.ok()) {
    uint32_t line = 0;
    for (const CsvRow& row : *rows) {
      vaka::fuzz::Require(row.line > line && !row.cells.empty(),
                          "rows begin on lines of their own");
      line = row.line;
    }
  }
  Problems problems;
  const auto people = ReadPeople(text, problems);
  if (!problems.empty()) return 0;  // nothing is imported then
  for (const ImportedPerson& person : people) {
    RecognisedBy(person.contact);
    vaka::fuzz::Require(v1::Contact().ParseFromString(person.contact.SerializeAsString()),
                        "a person's details can be kept");
  }
  return 0;
}
