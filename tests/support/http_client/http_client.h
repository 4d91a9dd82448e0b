#pragma once

#include <map>
#include <string>

namespace vaka::gateway {

struct HttpAnswer {
  int status = 0;                              // 0: the connection closed without an answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// One connection to a server on loopback, for tests: writes what it is told, reads answers by
// Content-Length, chunks or the end. Waits at most ten seconds for anything.
class HttpClient {
 public:
  // `address`: "127.0.0.1:port". `small_window`: a receive buffer of few bytes, for a slow reader.
  // `from`: a loopback address of its own, "127.0.0.2".
  explicit HttpClient(const std::string& address, bool small_window = false,
                      const std::string& from = "");
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  void Send(const std::string& bytes);
  HttpAnswer Read();
  // The head of an answer; its body follows by ReadChunk.
  HttpAnswer ReadHead();
  // The next chunk of a chunked answer; empty at its end or when the connection closed.
  std::string ReadChunk();
  // True when the server closes within ten seconds; what it sends until then is dropped.
  bool AwaitClose();

  HttpAnswer Ask(const std::string& method, const std::string& path,
                 const std::map<std::string, std::string>& headers, const std::string& body);

 private:
  bool Fill();
  std::string Line();
  std::string Take(size_t n);

  int fd_ = -1;
  std::string buffer_;
};

}  // namespace vaka::gateway
