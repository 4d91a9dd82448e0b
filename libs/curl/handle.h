#pragma once

// For libs/curl only: what every libcurl call shares.
#include <curl/curl.h>

#include <cstdlib>
#include <string>

#include "absl/time/time.h"

namespace vaka::curl {

// An easy handle, which holds on to its connection from call to call. Belongs to one thread.
class Handle {
 public:
  Handle() {
    static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    curl_ = ready ? curl_easy_init() : nullptr;
    if (curl_ == nullptr) std::abort();  // only without memory
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl_); }

  // Forgets the last call's options, keeps connections. No signals: other threads run.
  CURL* Reset(absl::Duration timeout) {
    curl_easy_reset(curl_);
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout / absl::Milliseconds(1)));
    curl_easy_setopt(
        curl_, CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::min(timeout, absl::Seconds(5)) / absl::Milliseconds(1)));
    return curl_;
  }

 private:
  CURL* curl_ = nullptr;
};

// A curl string list that frees itself.
class List {
 public:
  List() = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() { curl_slist_free_all(list_); }

  void Add(const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

}  // namespace vaka::curl
