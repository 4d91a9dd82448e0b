#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/gateway/http.h"

namespace vaka::gateway {

// The dashboard's files, read into memory at start. A path is looked up, never joined to a folder's
// name, so it cannot leave the folder. Where `x.gz` lies beside `x`, callers that take gzip get it.
// Paths without an extension are the page's own routes and get index.html. Immutable, thread-safe.
class StaticFiles {
 public:
  // An empty `dir`, or one that does not exist: one plain page that says so. UNAVAILABLE names the
  // file that cannot be read; RESOURCE_EXHAUSTED when the folder holds more than 256 MiB.
  static absl::StatusOr<StaticFiles> Load(const std::string& dir);

  // The answer to a GET or HEAD; 304 where the caller has it, 404 where there is no such file.
  HttpResponse Get(const HttpRequest& request) const;

 private:
  struct File {
    Chunk plain;
    Chunk gzip;  // null: none
    std::string type;
    std::string etag;        // of the plain form, without quotes
    bool immutable = false;  // its name changes with its content
  };

  std::map<std::string, File, std::less<>> files_;  // by path, "/assets/index-Bx3f.js"
};

}  // namespace vaka::gateway
