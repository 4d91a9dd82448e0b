// docs/metrics.md and the process agree on what there is to measure, both ways.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/curl/http_client.h"
#include "services/vaka/process.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka {
namespace {

using testing::IsEmpty;
using testing::Not;
using Names = std::set<std::string>;

// What the document names. `late`: marked "on first use", so absent until something happened.
struct Documented {
  Names at_start;
  Names late;
};

// Rows of the form "| `vaka_x_total` | counter | …".
Documented ReadDocument() {
  Documented documented;
  std::ifstream file(VAKA_SOURCE_DIR "/docs/metrics.md");
  for (std::string line; std::getline(file, line);) {
    if (!absl::StartsWith(line, "| `vaka_")) continue;
    const std::vector<std::string> parts = absl::StrSplit(line, '`');
    (absl::StrContains(line, "on first use") ? documented.late : documented.at_start)
        .insert(parts[1]);
  }
  return documented;
}

// The families of a scrape, by their TYPE lines; what the exposer says of itself is left out.
Names Scrape(const std::string& address) {
  curl::HttpClient client;
  const auto answer = client.Do({.url = absl::StrCat("http://", address, "/metrics")});
  EXPECT_TRUE(answer.ok()) << answer.status();
  Names names;
  for (absl::string_view line : absl::StrSplit(answer.ok() ? answer->body : "", '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() > 2 && words[1] == "TYPE" && absl::StartsWith(words[2], "vaka_"))
      names.insert(words[2]);
  }
  return names;
}

Names Less(const Names& names, const Names& known) {
  Names rest;
  for (const std::string& name : names) {
    if (!known.contains(name)) rest.insert(name);
  }
  return rest;
}

TEST(MetricsTest, TheDocumentAndTheProcessAgree) {
  const Documented documented = ReadDocument();
  ASSERT_THAT(documented.at_start, Not(IsEmpty()));
  const redis::TempFolder folder;
  RunOptions options;
  options.store.data = folder.path();
  options.config = VAKA_SOURCE_DIR "/deploy/config/botkyrka.yaml";
  options.http = "127.0.0.1:0";
  options.grpc = "127.0.0.1:0";
  options.metrics = "127.0.0.1:0";
  options.demo = true;  // its municipality makes every part count something
  options.pace = "0";
  Process process(options);
  const absl::Status started = process.Start();
  ASSERT_TRUE(started.ok()) << started;

  const Names scraped = Scrape(process.metrics_address());
  EXPECT_THAT(Less(Less(scraped, documented.at_start), documented.late), IsEmpty())
      << "measured, not documented";
  EXPECT_THAT(Less(documented.at_start, scraped), IsEmpty()) << "documented, not measured";
  EXPECT_TRUE(process.Stop().ok());
}

}  // namespace
}  // namespace vaka
