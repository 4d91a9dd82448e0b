#include "tests/fault/soak/soak_usage.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace vaka::fault {
namespace {

// A fact in a fold, its strings and its places in indexes, seen generously; a process holds a few
// folds.
constexpr uint64_t kKibAFact = 6;
constexpr uint64_t kMoreFiles = 24;
constexpr uint64_t kMoreThreads = 12;

// The middle one of a share of the samples: one look may fall into a burst.
template <typename Samples, typename Get>
uint64_t Middle(const Samples& samples, size_t from, size_t to, Get get) {
  std::vector<uint64_t> values;
  for (size_t i = from; i < to; ++i) values.push_back(get(samples[i]));
  if (values.empty()) return 0;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

}  // namespace

void SoakUsage::Look(House& house, uint64_t facts) {
  for (const auto& process : house.processes()) {
    if (!absl::EndsWith(process->name(), "-2")) continue;
    samples_[process->name()].push_back({process->usage(), facts});
  }
}

std::string SoakUsage::Growth() const {
  std::string grown;
  for (const auto& [name, samples] : samples_) {
    const size_t third = samples.size() / 3;
    if (third == 0) continue;
    const auto compare = [&, name = &name](const char* what, auto get, auto allowed) {
      const uint64_t before = Middle(samples, third, 2 * third, get);
      const uint64_t after = Middle(samples, 2 * third, samples.size(), get);
      const uint64_t limit = before + allowed(before);
      if (after > limit)
        absl::StrAppend(&grown, *name, ": ", what, " from ", before, " to ", after, ", allowed ",
                        limit, "\n");
    };
    const uint64_t facts = samples.back().facts - samples[third].facts;
    const auto memory = [&](uint64_t before) { return before / 3 + facts * kKibAFact; };
    compare(
        "rss KiB", [](const auto& sample) { return sample.usage.rss_kib; }, memory);
    compare(
        "pss KiB", [](const auto& sample) { return sample.usage.pss_kib; }, memory);
    compare(
        "files", [](const auto& sample) { return sample.usage.files; },
        [](uint64_t) { return kMoreFiles; });
    compare(
        "threads", [](const auto& sample) { return sample.usage.threads; },
        [](uint64_t) { return kMoreThreads; });
  }
  return grown;
}

std::map<std::string, uint64_t> SoakUsage::Counts() const {
  std::map<std::string, uint64_t> counts;
  for (const auto& [name, samples] : samples_) {
    const auto add = [&, name = &name](const char* when, const Sample& sample) {
      counts[absl::StrCat(*name, " rss KiB, ", when)] = sample.usage.rss_kib;
      counts[absl::StrCat(*name, " pss KiB, ", when)] = sample.usage.pss_kib;
      counts[absl::StrCat(*name, " files, ", when)] = sample.usage.files;
      counts[absl::StrCat(*name, " threads, ", when)] = sample.usage.threads;
    };
    add("warm", samples[samples.size() / 3]);
    add("last", samples.back());
  }
  return counts;
}

}  // namespace vaka::fault
