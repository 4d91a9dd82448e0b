#include "services/vaka/restore.h"

#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/log/keys.h"
#include "libs/redis/redis_server.h"
#include "services/vaka/backup_content.h"
#include "services/vaka/backup_keys.h"
#include "services/vaka/inspect.h"
#include "services/vaka/restore_sink.h"
#include "services/vaka/store.h"

namespace vaka {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr size_t kFactsPerAppend = 500;

struct Files {
  std::string backup;
  std::string vault;
  Contents contents;
};

absl::StatusOr<Files> ReadFiles(const RestoreOptions& options) {
  Files files{.backup = options.from, .vault = options.vault, .contents = {}};
  const fs::path backup = files.backup;
  if (files.vault.empty()) files.vault = (backup.parent_path() / "vaka.vault").string();
  VAKA_ASSIGN(files.contents, ReadContents(files.backup));
  absl::StatusOr<Contents> vault = ReadContents(files.vault);
  if (!vault.ok()) {
    return absl::Status(vault.status().code(), absl::StrCat("--vault: ", vault.status().message()));
  }
  VAKA_RETURN_IF_ERROR(CheckBelong(files.contents, *vault));
  return files;
}

void Describe(const Files& files) {
  const Contents& contents = files.contents;
  std::cout << files.backup << " of " << absl::FormatTime(contents.made, absl::UTCTimeZone())
            << ": " << contents.cuts.size() << " municipalities, " << contents.facts() << " facts, "
            << contents.deliveries() << " deliveries, " << contents.on_their_way
            << " messages on their way, " << contents.key_files.size() << " files of keys\n";
  for (const auto& [kommun, cut] : contents.cuts) {
    std::cout << kommun << ": facts 1–" << cut.facts << ", deliveries 1–" << cut.deliveries << "\n";
  }
}

absl::StatusOr<redis::Reply> Ask(redis::Client& client, Clock& clock, const redis::Argv& argv) {
  return client.Command(argv.at(1), argv, clock.Steady() + kPatience);
}

absl::Status RemoveAll(redis::Client& client, Clock& clock, const std::string& kommun) {
  const std::string tag = absl::StrCat("{", kommun, "}:");
  std::string cursor = "0";
  do {
    VAKA_ASSIGN(const redis::Reply reply,
                client.Command(tag, {"SCAN", cursor, "MATCH", tag + "*", "COUNT", "1000"},
                               clock.Steady() + kPatience));
    if (reply.elements.size() != 2) return absl::InternalError("a malformed answer to SCAN");
    cursor = reply.elements[0].text;
    for (const redis::Reply& key : reply.elements[1].elements) {
      VAKA_RETURN_IF_ERROR(Ask(client, clock, {"UNLINK", key.text}).status());
    }
  } while (cursor != "0");
  return absl::OkStatus();
}

// From here to Finish nothing opens the store.
absl::Status Begin(redis::Client& client, Clock& clock, const Contents& contents) {
  VAKA_ASSIGN(const redis::Reply marked, Ask(client, clock, {"EXISTS", kRestoringKey}));
  if (marked.integer == 1) {
    std::cout << "An interrupted restore is begun again.\n";
    for (const auto& [kommun, cut] : contents.cuts) {
      VAKA_RETURN_IF_ERROR(RemoveAll(client, clock, kommun));
    }
    VAKA_RETURN_IF_ERROR(Ask(client, clock, {"DEL", log::kMunicipalitiesKey}).status());
  }
  VAKA_ASSIGN(const redis::Reply known, Ask(client, clock, {"SMEMBERS", log::kMunicipalitiesKey}));
  if (!known.elements.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store is not empty: it has ", known.elements.size(), " municipalities, ",
                     known.elements[0].text,
                     " among them. A restore never mixes: name an empty --data folder or --redis"));
  }
  for (const auto& [kommun, cut] : contents.cuts) {
    VAKA_ASSIGN(const redis::Reply exists,
                Ask(client, clock, {"EXISTS", log::LogKey(kommun, log::Stream::kFacts)}));
    if (exists.integer != 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("the store is not empty: there is a log of ", kommun));
    }
  }
  return Ask(client, clock, {"SET", kRestoringKey, "1"}).status();
}

absl::Status Copy(const std::string& path, RestoreSink& sink) {
  VAKA_ASSIGN(const std::unique_ptr<BackupReader> reader, BackupReader::Open(path));
  for (;;) {
    VAKA_ASSIGN(const std::optional<Segment> segment, reader->Next());
    if (!segment.has_value()) return sink.Flush();
    VAKA_RETURN_IF_ERROR(sink.Take(*segment));
  }
}

// A command with the same key records the same facts once, however often a restore is begun.
absl::Status Record(log::Log& log, const std::string& kommun, log::Stream stream,
                    const std::vector<event::v1::Event>& events, absl::Time now) {
  for (size_t from = 0; from < events.size(); from += kFactsPerAppend) {
    log::AppendRequest request;
    request.kommun = kommun;
    request.stream = stream;
    request.idempotency_key = absl::StrCat("restore/", absl::ToUnixMicros(now), "/", from);
    for (size_t i = from; i < std::min(events.size(), from + kFactsPerAppend); ++i) {
      event::v1::Event event = events[i];
      event.set_kommun(kommun);
      event.set_id(DeriveId("f", kommun, request.idempotency_key, static_cast<int>(i)));
      *event.mutable_recorded_at() = *event.mutable_occurred_at() = ToProto(now);
      event.mutable_actor()->set_role(options::v1::ROLE_SYSTEM);
      request.facts.push_back(event.SerializeAsString());
    }
    absl::Notification done;
    absl::Status status;
    log.Append(std::move(request), [&](const absl::StatusOr<log::Appended>& appended) {
      status = appended.status();
      done.Notify();
    });
    done.WaitForNotification();
    VAKA_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

absl::Status RecordAfterwards(Store& store, const RestoreSink& sink, absl::Time now) {
  for (const auto& [kommun, afterwards] : sink.afterwards()) {
    VAKA_RETURN_IF_ERROR(Record(*store.log, kommun, log::Stream::kFacts, afterwards.facts, now));
    VAKA_RETURN_IF_ERROR(
        Record(*store.log, kommun, log::Stream::kDeliveries, afterwards.deliveries, now));
    if (!afterwards.facts.empty()) {
      std::cout << kommun << ": " << afterwards.facts.size()
                << " people were erased after the backup, and are recorded as erased\n";
    }
    if (!afterwards.deliveries.empty()) {
      std::cout << kommun << ": " << afterwards.deliveries.size()
                << " messages were on their way when the backup was made; they are recorded as "
                   "failed, unconfirmed, and not sent again (--unsent=send sends them)\n";
    }
  }
  return absl::OkStatus();
}

absl::Status Finish(redis::Client& client, Clock& clock, const Contents& contents) {
  for (const auto& [kommun, cut] : contents.cuts) {
    VAKA_RETURN_IF_ERROR(Ask(client, clock, {"SADD", log::kMunicipalitiesKey, kommun}).status());
  }
  VAKA_RETURN_IF_ERROR(RememberSealedUnder(client, clock, contents.sealed_under));
  return Ask(client, clock, {"DEL", kRestoringKey}).status();
}

absl::Status WriteKeyFiles(const std::string& backup, const std::string& folder) {
  VAKA_ASSIGN(const std::unique_ptr<BackupReader> reader, BackupReader::Open(backup));
  for (;;) {
    VAKA_ASSIGN(const std::optional<Segment> segment, reader->Next());
    if (!segment.has_value()) return absl::OkStatus();
    if (segment->kind != Segment::Kind::kKeyFile) continue;
    VAKA_RETURN_IF_ERROR(WriteKeyFile(folder, *segment));
  }
}

}  // namespace

absl::Status Restore(const StoreOptions& store_options, const RestoreOptions& options) {
  SystemClock clock;
  VAKA_ASSIGN(const Files files, ReadFiles(options));
  VAKA_RETURN_IF_ERROR(CheckMasterKey(store_options.KeysFolder(), files.contents.sealed_under));
  Describe(files);
  if (options.dry_run) {
    std::cout << "Both files are whole and belong together.\n";
    return absl::OkStatus();
  }
  StoreOptions at = store_options;
  std::unique_ptr<redis::RedisServer> server;
  if (at.redis.empty()) {
    VAKA_ASSIGN(server, redis::RedisServer::Start({.folder = at.data + "/redis"}, clock));
    at.redis = server->url();
  }
  const absl::Time now = clock.Now();
  {
    VAKA_ASSIGN(const std::unique_ptr<Store> store, OpenStoreToRestore(at, clock));
    VAKA_RETURN_IF_ERROR(Begin(*store->redis, clock, files.contents));
    RestoreSink sink(*store->redis, clock, now, options.unsent == "send");
    VAKA_RETURN_IF_ERROR(Copy(files.vault, sink));
    VAKA_RETURN_IF_ERROR(Copy(files.backup, sink));
    VAKA_RETURN_IF_ERROR(RecordAfterwards(*store, sink, now));
    VAKA_RETURN_IF_ERROR(WriteKeyFiles(files.backup, at.KeysFolder()));
    VAKA_RETURN_IF_ERROR(Finish(*store->redis, clock, files.contents));
  }
  VAKA_RETURN_IF_ERROR(Check(at, {}));
  std::cout << "Restored.";
  if (!fs::exists(at.KeysFolder() + "/master.key")) {
    std::cout << " Before the system starts, put the old master.key (and token.key) into "
              << at.KeysFolder() << ".";
  }
  std::cout << "\n";
  return absl::OkStatus();
}

}  // namespace vaka
