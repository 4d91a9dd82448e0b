#include "services/vaka/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "services/vaka/backup.h"
#include "services/vaka/imports.h"
#include "services/vaka/inspect.h"
#include "services/vaka/keys.h"
#include "services/vaka/options.h"
#include "services/vaka/restore.h"
#include "services/vaka/run.h"
#include "services/vaka/show_demo.h"
#include "services/vaka/simulate.h"

namespace vaka {
namespace {

using Action = std::function<absl::Status()>;

void AddStore(CLI::App& command, StoreOptions& store) {
  command.add_option("--data", store.data, "Folder of the private Redis, its sockets and keys")
      ->envname("VAKA_DATA")
      ->capture_default_str();
  command
      .add_option("--redis", store.redis,
                  "Redis or a Redis Cluster: unix:///path, redis://host:port[,host:port…], "
                  "rediss://…; empty: a private one in --data")
      ->envname("VAKA_REDIS");
  command
      .add_option("--redis-ca", store.redis_ca,
                  "CA certificate (PEM) that signed the certificate of a rediss:// server")
      ->envname("VAKA_REDIS_CA");
  command
      .add_option("--keys", store.keys, "Folder of keys (see `vaka keys init`); empty: <data>/keys")
      ->envname("VAKA_KEYS");
}

Action AddRun(CLI::App& command, RunOptions& options) {
  AddStore(command, options.store);
  command
      .add_option("--target", options.targets,
                  "Parts to run: all, or some of " + absl::StrJoin(AllTargets(), ","))
      ->delimiter(',')
      ->envname("VAKA_TARGET")
      ->default_str("all");
  command
      .add_flag("--demo", options.demo,
                "A made-up municipality with two years of reports; no message leaves the machine")
      ->envname("VAKA_DEMO");
  command
      .add_option("--pace", options.pace,
                  "Time between two live reports of the demo, e.g. 5s or 1m; 0 for none")
      ->envname("VAKA_PACE")
      ->capture_default_str();
  command
      .add_option("--seed", options.seed,
                  "Seed of the demo: the same seed gives the same municipality")
      ->capture_default_str();
  command.add_option("--http", options.http, "Address of the dashboard and the HTTP API")
      ->envname("VAKA_HTTP")
      ->capture_default_str();
  command
      .add_option("--trusted-proxy", options.trusted_proxies,
                  "Address or network of a proxy in front of --http whose X-Forwarded-For says who "
                  "calls; limits count by that address then")
      ->delimiter(',')
      ->envname("VAKA_TRUSTED_PROXIES");
  command.add_option("--grpc", options.grpc, "Address of the gRPC API: host:port or unix:/path")
      ->envname("VAKA_GRPC")
      ->capture_default_str();
  command
      .add_option("--metrics", options.metrics,
                  "Address of the Prometheus metrics; none to turn them off")
      ->envname("VAKA_METRICS")
      ->capture_default_str();
  command
      .add_option("--bus", options.bus,
                  "Addresses of the bus, IN,OUT: publishers connect to IN, followers to OUT; "
                  "empty: sockets in --data")
      ->envname("VAKA_BUS");
  command
      .add_option("--peer", options.peers,
                  "Where another process runs a target: est=127.0.0.1:9001")
      ->delimiter(',')
      ->envname("VAKA_PEERS");
  command.add_option("--config", options.config, "The demo municipality's configuration")
      ->envname("VAKA_CONFIG")
      ->capture_default_str();
  command.add_option("--static", options.static_dir, "Folder of the dashboard's pages")
      ->envname("VAKA_STATIC");
  command
      .add_option("--public-url", options.public_url,
                  "Address that links in messages point to; empty: http://<http>")
      ->envname("VAKA_PUBLIC_URL");
  command
      .add_option(
          "--durability", options.store.durability,
          "When a command is acknowledged: fsync (on disk) or replicated (and at a replica)")
      ->check(CLI::IsMember({"fsync", "replicated"}))
      ->envname("VAKA_DURABILITY")
      ->capture_default_str();
  command
      .add_option("--smtp", options.smtp,
                  "Mail server: smtp://host:port or smtps://host; user and password in "
                  "VAKA_SMTP_USER, VAKA_SMTP_PASSWORD")
      ->envname("VAKA_SMTP");
  command.add_option("--mail-from", options.mail_from, "Address that mail is from")
      ->envname("VAKA_MAIL_FROM")
      ->capture_default_str();
  command
      .add_option("--sms", options.sms,
                  "SMS gateway of the 46elks form: https://host/a1/sms; user and password in "
                  "VAKA_SMS_USER, VAKA_SMS_PASSWORD")
      ->envname("VAKA_SMS");
  command.add_option("--sms-from", options.sms_from, "Sender of text messages, at most 11 letters")
      ->envname("VAKA_SMS_FROM")
      ->capture_default_str();
  command
      .add_option("--claim-after", options.claim_after,
                  "Time after which a message in the hands of a process that died is sent by "
                  "another; at least 20s, longer than any one sending lasts")
      ->envname("VAKA_CLAIM_AFTER")
      ->capture_default_str();
  return [&options] { return Run(options); };
}

struct Everything {
  RunOptions run;
  StoreOptions store;
  InspectOptions inspect;
  BackupOptions backup;
  RestoreOptions restore;
  ImportOptions import;
  KeysOptions keys;
  ShowDemoOptions demo;
  SimulateOptions simulate;
};

void AddInspect(CLI::App& app, Everything& all, Action& action) {
  CLI::App* check = app.add_subcommand(
      "check",
      "Reads every log whole: dense numbers, every fact decodes, folds agree with their snapshots");
  AddStore(*check, all.store);
  check->add_option("--kommun", all.inspect.kommun, "Only this municipality");
  check->add_option("--peer", all.inspect.peers,
                    "gRPC address of a running process whose states are compared as well; may be "
                    "given several times");
  check->callback([&] { action = [&all] { return Check(all.store, all.inspect); }; });

  CLI::App* log = app.add_subcommand("log", "Shows the facts of a municipality's log");
  log->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, auto run) {
    CLI::App* command = log->add_subcommand(name, help);
    AddStore(*command, all.store);
    command->add_option("--kommun", all.inspect.kommun,
                        "Municipality; empty: the only one there is");
    command->add_flag("--deliveries", all.inspect.deliveries,
                      "The deliveries log instead of the facts log");
    command->add_flag("--json", all.inspect.json, "One JSON object a line");
    command->callback(
        [&all, &action, run] { action = [&all, run] { return run(all.store, all.inspect); }; });
    return command;
  };
  CLI::App* show = add("show", "Facts from one number to another", ShowLog);
  show->add_option("--from", all.inspect.from, "First number")->capture_default_str();
  show->add_option("--to", all.inspect.to, "Last number; 0: the newest")->capture_default_str();
  add("tail", "The newest facts, then new ones as they come; Ctrl-C ends", TailLog)
      ->add_option("-n", all.inspect.last, "How many of the newest")
      ->capture_default_str();
}

void AddBackup(CLI::App& app, Everything& all, Action& action) {
  CLI::App* backup = app.add_subcommand(
      "backup", "Copies the store of a running system into a file; master.key is not in it");
  AddStore(*backup, all.store);
  backup->add_option("to", all.backup.to, "FILE, or a folder in which it gets a name")->required();
  backup->add_option("--vault", all.backup.vault,
                     "File of the sealed keys of every subject, replaced by every backup; empty: "
                     "vaka.vault beside the backup");
  backup->add_flag("--force", all.backup.force, "Replace a backup of the same name");
  backup->add_flag("--with-keys", all.backup.with_keys,
                   "The folder of keys as well: who has this file and the vault reads everything");
  backup->callback([&] { action = [&all] { return Backup(all.store, all.backup); }; });

  CLI::App* restore =
      app.add_subcommand("restore", "Puts a backup into an empty store, after checking it whole");
  AddStore(*restore, all.store);
  restore->add_option("from", all.restore.from, "FILE of vaka backup")->required();
  restore->add_option("--vault", all.restore.vault, "empty: vaka.vault beside the backup");
  restore
      ->add_option("--unsent", all.restore.unsent,
                   "Messages that were on their way when the backup was made: drop (recorded as "
                   "unconfirmed) or send (again, where they were sent since)")
      ->check(CLI::IsMember({"drop", "send"}))
      ->capture_default_str();
  restore->add_flag("--dry-run", all.restore.dry_run, "Check the files; write nothing");
  restore->callback([&] { action = [&all] { return Restore(all.store, all.restore); }; });
}

// Where a running system is, and the keys to speak to it.
void AddClient(CLI::App& command, ImportOptions& options) {
  command.add_option("--grpc", options.grpc, "gRPC address of the running system")
      ->envname("VAKA_GRPC")
      ->capture_default_str();
  command
      .add_option("--data", options.data,
                  "Data folder with the keys that sign calls; or set VAKA_TOKEN")
      ->envname("VAKA_DATA")
      ->capture_default_str();
  command
      .add_option("--keys", options.keys,
                  "Folder of keys of a system that is reached over TLS; empty: plain")
      ->envname("VAKA_KEYS");
}

void AddImports(CLI::App& app, Everything& all, Action& action) {
  CLI::App* import = app.add_subcommand(
      "import", "Brings a municipality, areas, people or incidents into a running system");
  import->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, const char* source, auto run) {
    CLI::App* command = import->add_subcommand(name, help);
    command->add_option("source", all.import.source, source)->required();
    AddClient(*command, all.import);
    command->callback([&all, &action, run] { action = [&all, run] { return run(all.import); }; });
    return command;
  };
  add("config", "The municipality: districts, categories, agencies, schedule", "FILE.yaml",
      ImportConfig);
  add("areas", "Watch areas from GeoJSON", "FILE.geojson", ImportAreas)
      ->add_flag("--dry-run", all.import.dry_run, "List every problem by feature; change nothing");
  add("people", "People, roles and households from CSV", "FILE.csv", ImportPeople)
      ->add_flag("--dry-run", all.import.dry_run, "List every problem by line; change nothing");
  add("polisen", "Incidents from answers of Polisen's public events API", "FILE, DIR or URL",
      ImportPolisenEvents)
      ->add_option("--every", all.import.every,
                   "Ask the URL again after this time, e.g. 5m; at most every 10 s and 60 an hour");
  import->get_subcommand("polisen")->add_flag("--dry-run", all.import.dry_run,
                                              "Read and place only; report nothing");
  for (const char* name : {"areas", "people", "polisen"}) {
    import->get_subcommand(name)
        ->add_option("--kommun", all.import.kommun, "Municipality")
        ->capture_default_str();
  }
}

void AddKeysAndDemo(CLI::App& app, Everything& all, Action& action) {
  CLI::App* keys = app.add_subcommand("keys", "Makes the keys of an installation");
  keys->require_subcommand(1);
  CLI::App* init = keys->add_subcommand(
      "init", "Makes what is missing: vault, tokens, bus (CURVE), TLS; never replaces a key");
  init->add_option("folder", all.keys.folder, "Folder of keys")->capture_default_str();
  init->add_option("--host", all.keys.hosts, "Host names of the targets, for their certificate")
      ->delimiter(',');
  init->callback([&] { action = [&all] { return InitAllKeys(all.keys); }; });

  CLI::App* token = app.add_subcommand(
      "token", "Prints a bearer token or a one-time sign-in code for a person or a system");
  token->add_option("--data", all.keys.data, "Data folder with the keys")
      ->envname("VAKA_DATA")
      ->capture_default_str();
  token->add_option("--kommun", all.keys.kommun, "Municipality; * for all (systems only)")
      ->capture_default_str();
  token
      ->add_option(
          "--role", all.keys.roles,
          "coordinator, analyst, briefing_officer, patroller, agency_reporter, operator, system, …")
      ->delimiter(',')
      ->required();
  token->add_option("--person", all.keys.person, "Person id");
  token->add_option("--agency", all.keys.agency, "Agency id");
  token->add_option("--district", all.keys.district, "District id");
  token->add_option("--for", all.keys.valid_for, "How long it is valid, e.g. 12h")
      ->capture_default_str();
  token->add_flag("--code", all.keys.code,
                  "A sign-in code for the dashboard, valid ten minutes, instead of a token");
  token->callback([&] { action = [&all] { return PrintToken(all.keys); }; });

  CLI::App* demo = app.add_subcommand(
      "demo",
      "Writes the demo municipality as files: areas.geojson, people.csv, reports.csv, truth.json");
  demo->add_option("--out", all.demo.out, "Folder")->required();
  demo->add_option("--config", all.demo.config, "The municipality's configuration")
      ->capture_default_str();
  demo->add_option("--seed", all.demo.seed, "Seed")->capture_default_str();
  demo->add_option("--until", all.demo.until,
                   "Last day of the history, e.g. 2026-11-22; empty: today");
  demo->callback([&] { action = [&all] { return WriteDemo(all.demo); }; });

  CLI::App* health =
      app.add_subcommand("health", "Asks a process over gRPC whether it serves; for probes");
  AddClient(*health, all.import);
  health->callback([&] { action = [&all] { return AskHealth(all.import); }; });
}

void AddSimulate(CLI::App& app, SimulateOptions& options, Action& action) {
  CLI::App* simulate = app.add_subcommand("simulate",
                                          "How long queues become in a night, and at how many "
                                          "times its reports which part fails first; "
                                          "touches no running system");
  simulate
      ->add_option(
          "--scenario", options.scenario,
          "new-year: three times the usual reports, fireworks at midnight, everybody written "
          "to before; ordinary: a Wednesday; storm: very many report the same at once")
      ->check(CLI::IsMember({"new-year", "ordinary", "storm"}))
      ->capture_default_str();
  simulate->add_option("--municipalities", options.municipalities, "How many there are")
      ->capture_default_str();
  simulate
      ->add_option("--people", options.people,
                   "Contact persons of all of them together; the world: 100000 municipalities with "
                   "120000000")
      ->capture_default_str();
  simulate->add_option("--hours", options.hours, "Length of the night, from 16:00")
      ->capture_default_str();
  simulate->add_option("--costs", options.costs,
                       "JSON FILE of costs that differ from the measured ones, e.g. "
                       "{\"sms_per_second\": 50}; all stand in docs/scale-costs.json");
  simulate
      ->add_option("--config", options.config,
                   "A municipality's configuration: severities, quiet hours, grouping")
      ->capture_default_str();
  simulate->add_option("--seed", options.seed, "Seed: the same one gives the same night")
      ->capture_default_str();
  simulate->add_flag("--once", options.once,
                     "Only this night, without looking for the load at which a part fails");
  simulate->add_flag("--json", options.json, "A JSON object instead of text");
  simulate->callback([&] { action = [&options] { return RunSimulate(options); }; });
}

}  // namespace

int RunCli(int argc, char** argv) {
  CLI::App app("Vaka: neighbourhood safety for a municipality, from report to effect");
  app.require_subcommand(1);
  app.get_formatter()->column_width(28);
  Everything all;
  Action action;
  CLI::App* run =
      app.add_subcommand("run", "Runs the whole system, or some of its parts, until Ctrl-C");
  Action run_action = AddRun(*run, all.run);
  run->callback([&] { action = run_action; });
  AddInspect(app, all, action);
  AddBackup(app, all, action);
  AddImports(app, all, action);
  AddKeysAndDemo(app, all, action);
  AddSimulate(app, all.simulate, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  const absl::Status status = action();
  if (status.ok()) return 0;
  std::cerr << "vaka: " << status.message() << "\n";
  return 1;
}

}  // namespace vaka
