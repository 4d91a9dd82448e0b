#include "services/gateway/static_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/ids.h"

namespace vaka::gateway {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostBytes = size_t{256} << 20;
constexpr char kNoDashboard[] =
    "<!doctype html><html lang=\"en\"><title>Vaka</title><p>The gateway runs; this installation "
    "has no dashboard files.</p></html>\n";

std::string TypeOf(const fs::path& path) {
  static const auto& types =
      *new std::map<std::string, std::string>{{".html", "text/html; charset=utf-8"},
                                              {".js", "text/javascript; charset=utf-8"},
                                              {".mjs", "text/javascript; charset=utf-8"},
                                              {".css", "text/css; charset=utf-8"},
                                              {".json", "application/json"},
                                              {".geojson", "application/geo+json"},
                                              {".map", "application/json"},
                                              {".webmanifest", "application/manifest+json"},
                                              {".svg", "image/svg+xml"},
                                              {".png", "image/png"},
                                              {".jpg", "image/jpeg"},
                                              {".webp", "image/webp"},
                                              {".ico", "image/x-icon"},
                                              {".woff2", "font/woff2"},
                                              {".pbf", "application/x-protobuf"},
                                              {".txt", "text/plain; charset=utf-8"},
                                              {".wasm", "application/wasm"}};
  const auto it = types.find(absl::AsciiStrToLower(path.extension().string()));
  return it == types.end() ? "application/octet-stream" : it->second;
}

absl::StatusOr<std::string> Read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in) return absl::UnavailableError(absl::StrCat(path.string(), ": cannot be read"));
  return bytes.str();
}

// "br, gzip;q=0.8": whether gzip is taken.
bool TakesGzip(absl::string_view accept) {
  for (absl::string_view item : absl::StrSplit(accept, ',')) {
    item = absl::StripAsciiWhitespace(item);
    const absl::string_view name = absl::StripAsciiWhitespace(item.substr(0, item.find(';')));
    if (absl::EqualsIgnoreCase(name, "gzip")) {
      return !absl::EndsWith(item, "q=0") && !absl::EndsWith(item, "q=0.0");
    }
  }
  return false;
}

// If-None-Match is a list of tags, weak or not.
bool HasTag(absl::string_view header, const std::string& quoted) {
  for (absl::string_view tag : absl::StrSplit(header, ',')) {
    tag = absl::StripAsciiWhitespace(tag);
    if (absl::StartsWith(tag, "W/")) tag.remove_prefix(2);
    if (tag == quoted || tag == "*") return true;
  }
  return false;
}

bool IsPageRoute(absl::string_view path) {
  const absl::string_view last = path.substr(path.rfind('/') + 1);
  return last.find('.') == absl::string_view::npos && last.find('%') == absl::string_view::npos;
}

}  // namespace

absl::StatusOr<StaticFiles> StaticFiles::Load(const std::string& dir) {
  StaticFiles files;
  size_t bytes = 0;
  std::error_code failed;
  fs::recursive_directory_iterator entries;
  if (!dir.empty()) entries = fs::recursive_directory_iterator(dir, failed);
  for (const fs::directory_entry& entry : entries) {
    if (!entry.is_regular_file() || entry.path().extension() == ".gz") continue;
    File file;
    auto plain = Read(entry.path());
    if (!plain.ok()) return plain.status();
    file.etag = Hex(Hash256(*plain)).substr(0, 32);
    file.plain = std::make_shared<const std::string>(*std::move(plain));
    const fs::path gzip = entry.path().string() + ".gz";
    if (fs::is_regular_file(gzip)) {
      auto packed = Read(gzip);
      if (!packed.ok()) return packed.status();
      file.gzip = std::make_shared<const std::string>(*std::move(packed));
    }
    bytes += file.plain->size() + (file.gzip == nullptr ? 0 : file.gzip->size());
    if (bytes > kMostBytes) {
      return absl::ResourceExhaustedError(absl::StrCat(dir, ": more than 256 MiB of files"));
    }
    const std::string path =
        absl::StrCat("/", entry.path().lexically_relative(dir).generic_string());
    file.type = TypeOf(entry.path());
    file.immutable = absl::StartsWith(path, "/assets/");  // the bundler puts a hash in these names
    files.files_.emplace(path, std::move(file));
  }
  if (!files.files_.contains("/index.html")) {
    File page;
    page.plain = std::make_shared<const std::string>(kNoDashboard);
    page.type = "text/html; charset=utf-8";
    page.etag = Hex(Hash256(kNoDashboard)).substr(0, 32);
    files.files_.emplace("/index.html", std::move(page));
  }
  return files;
}

HttpResponse StaticFiles::Get(const HttpRequest& request) const {
  auto it = files_.find(request.path);
  if (it == files_.end() && IsPageRoute(request.path)) it = files_.find("/index.html");
  HttpResponse response;
  if (it == files_.end()) {
    response.status = 404;
    response.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    response.body = std::make_shared<const std::string>("There is no such file.\n");
    return response;
  }
  const File& file = it->second;
  const bool packed = file.gzip != nullptr && TakesGzip(request.Header("accept-encoding"));
  const std::string etag = absl::StrCat("\"", file.etag, packed ? "-gz" : "", "\"");
  response.headers = {
      {"Content-Type", file.type},
      {"ETag", etag},
      {"Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache"}};
  if (file.gzip != nullptr) response.headers.emplace_back("Vary", "Accept-Encoding");
  if (HasTag(request.Header("if-none-match"), etag)) {
    response.status = 304;
    return response;
  }
  if (packed) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = packed ? file.gzip : file.plain;
  return response;
}

}  // namespace vaka::gateway
