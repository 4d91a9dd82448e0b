#include "tests/fault/judge/report.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace vaka::fault {
namespace {

using nlohmann::json;

std::string RunningTest() {
  const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return test == nullptr ? "none" : absl::StrCat(test->test_suite_name(), ".", test->name());
}

json ToJson(const Counts& counts) {
  return {{"calls", counts.calls},
          {"commands", counts.commands},
          {"acknowledged", counts.acknowledged},
          {"refused", counts.refused},
          {"unknown", counts.unknown},
          {"unknown_done", counts.unknown_done},
          {"facts", counts.facts},
          {"own_facts", counts.own_facts},
          {"deliveries", counts.deliveries},
          {"alerts", counts.alerts},
          {"messages", counts.messages},
          {"handed_over", counts.handed_over},
          {"not_sent_with_reason", counts.not_sent_with_reason},
          {"repeated_with_excuse", counts.repeated_with_excuse},
          {"states", counts.states},
          {"faults", counts.faults},
          {"lost", counts.lost},
          {"doubled", counts.doubled}};
}

// How often each kind of fault hit each target.
json ToJson(const std::vector<Fault>& faults) {
  std::map<std::pair<std::string, std::string>, uint64_t> counted;
  for (const Fault& fault : faults) ++counted[{fault.kind, fault.target}];
  json list = json::array();
  for (const auto& [what, count] : counted) {
    list.push_back({{"kind", what.first}, {"target", what.second}, {"count", count}});
  }
  return list;
}

void Write(json report, uint64_t seed, const std::string& part) {
  const char* folder = std::getenv("VAKA_FAULT_REPORT");
  if (folder == nullptr || *folder == '\0') return;
  const std::string name = part.empty() ? RunningTest() : absl::StrCat(RunningTest(), "-", part);
  report["test"] = RunningTest();
  report["part"] = part;
  report["seed"] = seed;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string path =
      absl::StrCat(folder, "/", absl::StrReplaceAll(name, {{"/", "_"}, {" ", "_"}}), ".json");
  std::ofstream out(path);
  out << report.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
  if (!out.good()) ADD_FAILURE() << "VAKA_FAULT_REPORT: cannot write " << path;
}

}  // namespace

void Report(const Verdict& verdict, const Evidence& evidence, uint64_t seed,
            const std::string& part) {
  json findings = json::array();
  for (const Finding& finding : verdict.findings) {
    findings.push_back({{"charge", NameOf(finding.charge)}, {"text", finding.text}});
  }
  Write({{"ok", verdict.ok()},
         {"counts", ToJson(verdict.counts)},
         {"faults", ToJson(evidence.faults)},
         {"findings", std::move(findings)}},
        seed, part);
}

Verdict JudgeAndReport(const Evidence& evidence, uint64_t seed, const std::string& part) {
  Verdict verdict = Judge(evidence);
  std::cout << verdict << std::flush;
  Report(verdict, evidence, seed, part);
  EXPECT_TRUE(verdict.ok()) << "again with VAKA_FAULT_SEED=" << seed << "\n" << verdict;
  return verdict;
}

void ReportCounts(const std::map<std::string, uint64_t>& counts, uint64_t seed) {
  Write({{"ok", !::testing::Test::HasFailure()}, {"counts", counts}}, seed, "");
}

}  // namespace vaka::fault
