#include "services/intake/polisen_import.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/week.h"
#include "libs/rpc/unary.h"
#include "services/intake/polisen.h"
#include "services/intake/report_many_writer.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"

namespace vaka::intake {
namespace {

namespace fs = std::filesystem;

bool IsAddress(const std::string& source) {
  return absl::StartsWith(source, "http://") || absl::StartsWith(source, "https://");
}

// The files of a source in the order of their names, which is that of their time.
absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& source) {
  std::error_code error;
  if (!fs::exists(source, error)) return absl::NotFoundError(absl::StrCat("no file ", source));
  if (!fs::is_directory(source, error)) return std::vector<std::string>{source};
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator it(source, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".json") files.push_back(it->path().string());
  }
  if (error) return absl::UnavailableError(absl::StrCat(source, ": ", error.message()));
  if (files.empty()) return absl::NotFoundError(absl::StrCat("no *.json in ", source));
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (!in.good() && !in.eof()) return absl::UnavailableError(absl::StrCat("cannot read ", path));
  return bytes;
}

void Take(const v1::ReportManyResponse& response, const std::vector<v1::Submission>& sent,
          const std::string& source, ImportCounts* counts) {
  counts->seq = response.seq();
  counts->reported = response.reported();
  counts->corrected = response.corrected();
  counts->unchanged = response.unchanged();
  counts->refused = response.refused();
  for (const v1::RefusedItem& item : response.problems()) {
    const std::string ref = item.index() < sent.size() ? sent[item.index()].source_ref() : "?";
    counts->problems.push_back({source, ref, item.problem()});
  }
}

// Sends one answer's submissions in one stream.
absl::Status Send(const std::vector<v1::Submission>& submissions, const std::string& kommun,
                  const IntakeClient& client, const PolisenImportOptions& options,
                  const std::string& source, ImportCounts* counts) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", client.token));
  context.set_deadline(
      gpr_time_from_millis(absl::ToInt64Milliseconds(options.deadline), GPR_TIMESPAN));
  v1::ReportManyResponse response;
  const auto stub = v1::IntakeService::NewStub(client.channel);
  const auto writer = stub->ReportMany(&context, &response);
  ReportManyWriter reports(*writer, kommun);
  for (const v1::Submission& submission : submissions) {
    // An edit is another command than the report that it edits.
    const std::string key =
        absl::StrCat(submission.source_ref(), ":", Hex(submission.content_hash().substr(0, 8)));
    if (!reports.Write(key, submission)) break;
  }
  reports.Done();
  VAKA_RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
  Take(response, submissions, source, counts);
  return absl::OkStatus();
}

// One import: what every answer of it needs.
class Import {
 public:
  Import(const PolisenImportOptions& options, const registry::v1::MunicipalityConfig& config,
         const IntakeClient& client, absl::TimeZone zone, Clock& clock)
      : options_(options), config_(config), client_(client), zone_(zone), clock_(clock) {}

  absl::Status TakeAnswer(const std::string& source, const std::string& bytes) {
    absl::StatusOr<PolisenAnswer> answer = ParsePolisen(bytes, clock_.Now(), zone_);
    if (!answer.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(source, ": ", answer.status().message()));
    }
    const PolisenSubmissions found = ToSubmissions(answer->events, config_);
    ImportCounts counts;
    counts.answers = 1;
    counts.events = answer->events.size();
    counts.elsewhere = found.elsewhere;
    counts.malformed = answer->malformed.size();
    counts.without_text = found.without_text.size();
    for (const PolisenProblem& problem : answer->malformed) {
      counts.problems.push_back({source, absl::StrCat("[", problem.index, "]"), problem.reason});
    }
    if (!options_.dry_run && !found.submissions.empty()) {
      VAKA_RETURN_IF_ERROR(
          Send(found.submissions, config_.kommun(), client_, options_, source, &counts));
    }
    if (options_.progress) options_.progress(source, counts);
    total_.Add(counts);
    return absl::OkStatus();
  }

  absl::Status TakeFiles() {
    VAKA_ASSIGN(const std::vector<std::string> files, FilesOf(options_.source));
    for (const std::string& file : files) {
      VAKA_ASSIGN(const std::string bytes, ReadFile(file));
      VAKA_RETURN_IF_ERROR(TakeAnswer(file, bytes));
    }
    return absl::OkStatus();
  }

  absl::Status TakeAddress(PoliteFetcher& fetcher, const std::stop_token& stop) {
    for (;;) {
      const absl::Time next = clock_.Steady() + options_.every;
      const absl::StatusOr<std::string> bytes = fetcher.Fetch(options_.source, stop);
      const absl::Status taken = bytes.ok() ? TakeAnswer(options_.source, *bytes) : bytes.status();
      if (stop.stop_requested()) return absl::OkStatus();
      if (options_.every == absl::ZeroDuration()) return taken;
      if (!taken.ok()) Missed(taken);
      if (!clock_.SleepUntil(next, stop)) return absl::OkStatus();
    }
  }

  ImportCounts total() && { return std::move(total_); }

 private:
  void Missed(const absl::Status& why) {
    ImportCounts counts;
    counts.problems.push_back({options_.source, "", why.ToString()});
    if (options_.progress) options_.progress(options_.source, counts);
    total_.Add(counts);
  }

  const PolisenImportOptions& options_;
  const registry::v1::MunicipalityConfig& config_;
  const IntakeClient& client_;
  const absl::TimeZone zone_;
  Clock& clock_;
  ImportCounts total_;
};

}  // namespace

void ImportCounts::Add(const ImportCounts& other) {
  constexpr size_t kMostProblems = 10000;  // a poll runs for months
  answers += other.answers;
  events += other.events;
  elsewhere += other.elsewhere;
  reported += other.reported;
  corrected += other.corrected;
  unchanged += other.unchanged;
  refused += other.refused;
  malformed += other.malformed;
  without_text += other.without_text;
  seq = std::max(seq, other.seq);
  for (const ImportProblem& problem : other.problems) {
    if (problems.size() < kMostProblems) problems.push_back(problem);
  }
}

absl::StatusOr<ImportCounts> ImportPolisen(const PolisenImportOptions& options,
                                           const registry::v1::MunicipalityConfig& config,
                                           const IntakeClient& client, PoliteFetcher& fetcher,
                                           Clock& clock, std::stop_token stop) {
  VAKA_ASSIGN(const absl::TimeZone zone, LoadZone(config.zone()));
  Import import(options, config, client, zone, clock);
  VAKA_RETURN_IF_ERROR(IsAddress(options.source) ? import.TakeAddress(fetcher, stop)
                                                 : import.TakeFiles());
  return std::move(import).total();
}

}  // namespace vaka::intake
