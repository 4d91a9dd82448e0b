// How long the screen takes, in time on a processor, so that a busy machine does not count. The
// texts are those that the fuzzer kept (tests/fuzz/corpus/screen, screen_time) and pieces chosen
// against each matcher, repeated to full length.
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "libs/screen/screen.h"

namespace vaka::screen {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kSlowdown = 25;  // measured on what allocates much
#else
constexpr double kSlowdown = 1;
#endif
constexpr double kPromised = 0.050 * kSlowdown;  // seconds for the longest text
constexpr size_t kLongest = 64 << 10;
constexpr size_t kShort = 8 << 10;

double SecondsOfProcessor() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

// The least of five tries: what the work takes, without what disturbed it.
double SecondsFor(const std::string& text) {
  double best = 1e9;
  for (int tried = 0; tried < 5; ++tried) {
    const double began = SecondsOfProcessor();
    FindPersonalData(text);
    best = std::min(best, SecondsOfProcessor() - began);
  }
  return best;
}

std::string Repeated(const std::string& piece, size_t size) {
  std::string text;
  while (text.size() < size) text += piece;
  text.resize(size);
  return text;
}

// Name and text.
using Piece = std::pair<std::string, std::string>;

std::vector<Piece> Chosen() {
  std::vector<Piece> pieces;
  for (const char* piece : {" ",
                            "1",
                            "a",
                            "@",
                            ".",
                            "-",
                            "\xC2\xAD",
                            "\xFF",
                            "0 ",
                            "0 7 ",
                            "+4",
                            "+46 ",
                            "a@",
                            "a@b.",
                            "@ . ",
                            "(a)",
                            "(at)",
                            "[at]",
                            "0-",
                            "07 0",
                            "070-123 45 6",
                            "08-",
                            "ABC12",
                            "Ab1 ",
                            "abc 12 ",
                            "regnr abc 12 ",
                            "640823-",
                            "6 4 0 8 2 3 ",
                            "640823-3235 ",
                            "19640823323",
                            "www.",
                            "https://",
                            "http://a ",
                            "kl. 07",
                            "\xEF\xBC\x90",
                            "\xE2\x80\x8B"
                            "0"}) {
    pieces.emplace_back(piece, piece);
  }
  return pieces;
}

std::vector<Piece> Kept() {
  std::vector<Piece> pieces;
  for (const char* folder : {"screen", "screen_time"}) {
    const auto path = std::filesystem::path(VAKA_SOURCE_DIR "/tests/fuzz/corpus") / folder;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      std::ifstream file(entry.path(), std::ios::binary);
      std::string text{std::istreambuf_iterator<char>(file), {}};
      if (!text.empty()) pieces.emplace_back(entry.path().filename(), std::move(text));
    }
  }
  return pieces;
}

void ExpectQuickAndLinear(const std::vector<Piece>& pieces) {
  double slowest = 0;
  for (const auto& [name, piece] : pieces) {
    const double whole = SecondsFor(Repeated(piece, kLongest));
    const double part = SecondsFor(Repeated(piece, kShort));
    EXPECT_LT(whole, kPromised) << name;
    // Eight times the text; the square would be sixty-four. What is too short to measure is quick
    // enough.
    EXPECT_LT(whole, 20 * part + 0.001 * kSlowdown) << name;
    slowest = std::max(slowest, whole);
  }
  ::testing::Test::RecordProperty("slowest_us", static_cast<int>(slowest * 1e6));
}

TEST(ScreenTimeTest, RepeatedPiecesTakeLinearTime) { ExpectQuickAndLinear(Chosen()); }

TEST(ScreenTimeTest, WhatTheFuzzerKeptTakesLinearTime) {
  const std::vector<Piece> kept = Kept();
  ASSERT_GT(kept.size(), 5u) << "the corpus is gone";
  ExpectQuickAndLinear(kept);
}

}  // namespace
}  // namespace vaka::screen
