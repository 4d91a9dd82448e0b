#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stop_token>

#include "services/intake/polisen_import.h"
#include "services/intake/polite_fetcher.h"
#include "tests/unit/intake/process.h"

namespace vaka::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Noon;
using testing::Process;
using testing::TownConfig;

// A clock whose sleepers wake at once, at their deadline.
class SkippingClock final : public Clock {
 public:
  absl::Time Now() const override { return now_; }
  absl::Time Steady() const override { return now_; }
  bool SleepUntil(absl::Time deadline, std::stop_token stop) override {
    if (stop.stop_requested()) return false;
    now_ = std::max(now_, deadline);
    return true;
  }

 private:
  absl::Time now_ = Noon();
};

PoliteFetcher::Transport Answering(std::vector<absl::Time>* calls, const Clock& clock,
                                   absl::StatusOr<std::string> answer = std::string("[]")) {
  return [calls, &clock, answer](const std::string&) {
    calls->push_back(clock.Now());
    return answer;
  };
}

TEST(PoliteFetcherTest, CallsAtMostEveryTenSeconds) {
  SkippingClock clock;
  std::vector<absl::Time> calls;
  PoliteFetcher fetcher({}, Answering(&calls, clock), clock);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(fetcher.Fetch("http://x/", {}).ok());
  EXPECT_THAT(calls, ElementsAre(Noon(), Noon() + absl::Seconds(10), Noon() + absl::Seconds(20)));
}

TEST(PoliteFetcherTest, CallsAtMostSixtyTimesInAnyHour) {
  SkippingClock clock;
  std::vector<absl::Time> calls;
  PoliteFetcher fetcher({}, Answering(&calls, clock), clock);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(fetcher.Fetch("http://x/", {}).ok());
  for (size_t i = 60; i < calls.size(); ++i) {
    EXPECT_GE(calls[i] - calls[i - 60], absl::Hours(1)) << i;
  }
  EXPECT_EQ(calls[59] - calls[0], absl::Seconds(590)) << "no slower than it must be";
}

TEST(PoliteFetcherTest, FailedCallsCountToo) {
  SkippingClock clock;
  std::vector<absl::Time> calls;
  PoliteFetcher fetcher({}, Answering(&calls, clock, absl::UnavailableError("down")), clock);
  EXPECT_FALSE(fetcher.Fetch("http://x/", {}).ok());
  EXPECT_FALSE(fetcher.Fetch("http://x/", {}).ok());
  EXPECT_EQ(calls[1] - calls[0], absl::Seconds(10));
}

TEST(PoliteFetcherTest, StopsWhileWaiting) {
  FakeClock clock(Noon());
  std::vector<absl::Time> calls;
  PoliteFetcher fetcher({}, Answering(&calls, clock), clock);
  ASSERT_TRUE(fetcher.Fetch("http://x/", {}).ok());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(fetcher.Fetch("http://x/", stop.get_token()).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(calls.size(), 1u);
}

class ImportTest : public ::testing::Test {
 protected:
  ImportTest() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) /
              absl::StrCat("vaka_import_", info->name(), "_", getpid());
    std::filesystem::create_directories(folder_);
  }
  ~ImportTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  static std::string Event(int id, const std::string& summary,
                           const std::string& place = "Botkyrka") {
    return absl::StrCat(R"({"id":)", id, R"(,"datetime":"2026-08-12 7:17:55 +02:00","name":)",
                        R"("12 augusti 06.40, Skadegörelse, )", place, R"(","summary":")", summary,
                        R"(","url":"/aktuellt/","type":"Skadegörelse","location":{}})");
  }

  absl::StatusOr<ImportCounts> Run(PolisenImportOptions options, std::stop_token stop = {}) {
    PoliteFetcher fetcher({}, transport_, clock_);
    const IntakeClient client{process_.channel,
                              process_.TokenOf(options::v1::ROLE_SYSTEM, "police")};
    return ImportPolisen(options, TownConfig(), client, fetcher, clock_, stop);
  }
  absl::StatusOr<ImportCounts> RunFolder(bool dry_run = false) {
    return Run({.source = folder_.string(), .dry_run = dry_run});
  }

  Process process_;
  SkippingClock clock_;
  PoliteFetcher::Transport transport_ = [](const std::string&) {
    return absl::StatusOr<std::string>(absl::UnavailableError("no transport"));
  };
  std::filesystem::path folder_;
};

TEST_F(ImportTest, FolderIsReadInOrderAndEditsAreCorrections) {
  Write("2.json",
        absl::StrCat("[", Event(1, "Nu även krossat glas i Alby"), ",", Event(3, "Klotter"), "]"));
  Write("1.json",
        absl::StrCat("[", Event(1, "Klotter i Alby"), ",{},", Event(2, "x", "Huddinge"), "]"));
  Write("notes.txt", "not an answer");
  std::vector<std::string> progress;
  PolisenImportOptions options{.source = folder_.string()};
  options.progress = [&](const std::string& source, const ImportCounts& counts) {
    progress.push_back(absl::StrCat(std::filesystem::path(source).filename().string(), " ",
                                    counts.reported, " ", counts.corrected));
  };
  const auto counts = Run(options);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_THAT(progress, ElementsAre("1.json 1 0", "2.json 1 1"));
  EXPECT_EQ(counts->answers, 2u);
  EXPECT_EQ(counts->events, 4u);
  EXPECT_EQ(counts->elsewhere, 1u);
  EXPECT_EQ(counts->reported, 2u);
  EXPECT_EQ(counts->corrected, 1u);
  EXPECT_EQ(counts->malformed, 1u);
  ASSERT_EQ(counts->problems.size(), 1u);
  EXPECT_THAT(counts->problems[0].source, HasSubstr("1.json"));
  EXPECT_EQ(counts->problems[0].element, "[1]");
}

TEST_F(ImportTest, SecondRunOfTheSameFileChangesNothing) {
  Write("1.json",
        absl::StrCat("[", Event(1, "Klotter i Alby"), ",", Event(2, "Ring 070-123 45 67"), "]"));
  const auto first = RunFolder();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->reported, 2u);
  EXPECT_EQ(first->without_text, 1u);
  EXPECT_EQ(first->seq, process_.Head());
  const std::string state = process_.Settled();
  const auto second = RunFolder();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->unchanged, 2u);
  EXPECT_EQ(second->reported + second->corrected, 0u);
  EXPECT_EQ(process_.Settled(), state);
}

TEST_F(ImportTest, EditThatIsTakenBackIsACorrectionToo) {
  for (const char* summary : {"Klotter i Alby", "Klotter i Hallunda", "Klotter i Alby"}) {
    Write("1.json", absl::StrCat("[", Event(1, summary), "]"));
    const auto counts = RunFolder();
    ASSERT_TRUE(counts.ok()) << counts.status();
    EXPECT_EQ(counts->reported + counts->corrected, 1u) << summary;
  }
}

TEST_F(ImportTest, DryRunSendsNothing) {
  Write("1.json", absl::StrCat("[", Event(1, "Klotter i Alby"), "]"));
  const uint64_t head = process_.Head();
  const auto counts = RunFolder(/*dry_run=*/true);
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->events, 1u);
  EXPECT_EQ(process_.Head(), head);
}

TEST_F(ImportTest, RefusalsByIntakeNameTheEvent) {
  // Published after intake's clock, though not after the importer's.
  std::string late = Event(9, "Klotter");
  late.replace(late.find("2026-08-12"), 10, "2026-11-23");
  late.replace(late.find("12 augusti"), 10, "23 november");
  Write("1.json", absl::StrCat("[", late, "]"));
  const auto counts = RunFolder();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->refused, 1u);
  ASSERT_EQ(counts->problems.size(), 1u);
  EXPECT_EQ(counts->problems[0].element, "polisen:9");
}

TEST_F(ImportTest, SaysWhichSourceIsWrong) {
  EXPECT_EQ(Run({.source = (folder_ / "none.json").string()}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(RunFolder().status().code(), absl::StatusCode::kNotFound) << "an empty folder";
  Write("1.json", "<html>");
  const absl::Status status = RunFolder().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("1.json"));
}

TEST_F(ImportTest, AddressIsAskedAgainUntilStopped) {
  std::stop_source stop;
  std::vector<absl::Time> calls;
  transport_ = [&](const std::string& url) -> absl::StatusOr<std::string> {
    EXPECT_EQ(url, kPolisenUrl);
    calls.push_back(clock_.Now());
    if (calls.size() == 2) return absl::UnavailableError("down");
    if (calls.size() == 3) stop.request_stop();
    return absl::StrCat("[", Event(1, "Klotter i Alby"), "]");
  };
  const auto counts = Run({.source = kPolisenUrl, .every = absl::Minutes(5)}, stop.get_token());
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_THAT(calls, ElementsAre(Noon(), Noon() + absl::Minutes(5), Noon() + absl::Minutes(10)));
  EXPECT_EQ(counts->reported, 1u);
  EXPECT_EQ(counts->unchanged, 1u);
  ASSERT_EQ(counts->problems.size(), 1u);
  EXPECT_THAT(counts->problems[0].reason, HasSubstr("down"));
}

TEST_F(ImportTest, AddressAskedOnceAnswersItsError) {
  EXPECT_EQ(Run({.source = kPolisenUrl}).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace vaka::intake
