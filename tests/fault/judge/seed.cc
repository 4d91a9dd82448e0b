#include "tests/fault/judge/seed.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace vaka::fault {
namespace {

uint64_t ChosenSeed() {
  const char* given = std::getenv("VAKA_FAULT_SEED");
  uint64_t seed = 0;
  if (given != nullptr && absl::SimpleAtoi(given, &seed)) return seed;
  return std::random_device()();
}

std::string RunningTest() {
  const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return test == nullptr ? "" : absl::StrCat(test->test_suite_name(), ".", test->name());
}

}  // namespace

uint64_t Seed() {
  static const uint64_t seed = ChosenSeed();
  static std::string said_in = "nowhere";
  if (const std::string test = RunningTest(); test != said_in) {
    said_in = test;
    std::cout << test << ": seed " << seed << "; again with VAKA_FAULT_SEED=" << seed << std::endl;
  }
  return seed;
}

}  // namespace vaka::fault
