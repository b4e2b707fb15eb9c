// The sample web app: one static HTTP/1.1 server that shows which version it is, in which pod, on which node,
// and how many requests it has answered. `/` is a page, `/api` the same as JSON, `/healthz` says ok.
// One thread, one poll loop, fixed buffers. PORT (8080) says where to listen; SIGTERM ends it at once.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef VERSION
#error "compile with -DVERSION=<number>"
#endif

enum {
  MAX_CONNECTIONS = 256,
  MAX_REQUEST = 8 * 1024,
  MAX_RESPONSE = 16 * 1024,
  MAX_VALUE = 253,      // bytes of an environment variable that are shown: the longest DNS name
  IDLE_SECONDS = 30,
  BUSY_IDLE_SECONDS = 2,  // when all places are taken
  CLOSING_SECONDS = 1,
};

typedef struct {
  int fd;  // -1: free
  time_t active;  // when something last came or went
  bool last;     // close after the response
  bool closing;  // all was said: what still comes is thrown away
  size_t in_length, out_length, out_sent;
  char in[MAX_REQUEST];
  char out[MAX_RESPONSE];
} Connection;

typedef struct {
  char *text;
  size_t capacity, length;
} Buffer;

typedef struct {
  const char *label, *key, *value;
} Fact;

static Connection connections[MAX_CONNECTIONS];
static Fact facts[4];
static unsigned long long answered;

static void end(int signal) {
  (void)signal;
  _exit(0);
}

static time_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

static Connection *free_connection(void) {
  for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
    if (connections[i].fd < 0) return &connections[i];
  }
  return NULL;
}

static bool full(void) { return free_connection() == NULL; }

static void put(Buffer *buffer, const char *text, size_t length) {
  size_t room = buffer->capacity - buffer->length;
  if (length > room) length = room;
  memcpy(buffer->text + buffer->length, text, length);
  buffer->length += length;
}

__attribute__((format(printf, 2, 3))) static void print(Buffer *buffer, const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length > 0) put(buffer, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

static void print_html(Buffer *buffer, const char *text) {
  for (size_t i = 0; text[i] && i < MAX_VALUE; i++) {
    switch (text[i]) {
      case '&': print(buffer, "&amp;"); break;
      case '<': print(buffer, "&lt;"); break;
      case '>': print(buffer, "&gt;"); break;
      case '"': print(buffer, "&quot;"); break;
      case '\'': print(buffer, "&#39;"); break;
      default: put(buffer, text + i, 1);
    }
  }
}

static void print_json(Buffer *buffer, const char *text) {
  put(buffer, "\"", 1);
  for (size_t i = 0; text[i] && i < MAX_VALUE; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '"' || c == '\\') print(buffer, "\\%c", c);
    else if (c < 0x20) print(buffer, "\\u%04x", c);
    else put(buffer, text + i, 1);
  }
  put(buffer, "\"", 1);
}

static const char STYLE[] =
    "*{box-sizing:border-box}"
    ":root{color-scheme:light dark;--back:#f3f5f9;--card:#fff;--text:#1b2333;--soft:#5b6579;--line:#e1e6ef}"
    "@media(prefers-color-scheme:dark){:root{--back:#0e131d;--card:#171e2b;--text:#e8edf6;--soft:#97a3b8;--line:#28324a}}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--back);"
    "color:var(--text);font:16px/1.5 system-ui,sans-serif}"
    "main{width:100%;max-width:30rem;background:var(--card);border:1px solid var(--line);border-radius:1rem;"
    "overflow:hidden;box-shadow:0 1.2rem 3rem rgb(10 20 50/.12)}"
    "header{background:var(--brand);color:#fff;padding:1.75rem 2rem}"
    "h1{margin:0;font-size:1.75rem;line-height:1.2}header p{margin:.35rem 0 0}"
    "dl{margin:0;padding:1rem 2rem 1.5rem;display:grid;grid-template-columns:auto 1fr;gap:.6rem 1.5rem}"
    "dt{color:var(--soft)}dd{margin:0;text-align:right;overflow-wrap:anywhere;font-family:ui-monospace,monospace}"
    ".count{font-size:1.4rem;font-weight:700;color:var(--text)}";

static void print_page(Buffer *body) {
  static const char *const brands[] = {"#1d4ed8", "#047857"};  // white text on them has a contrast above 4.5
  print(body, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Hello from version %d</title>", VERSION);
  print(body, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><link rel=\"icon\" href=\"data:,\"><style>");
  put(body, STYLE, sizeof STYLE - 1);
  print(body, ":root{--brand:%s}</style></head><body><main><header><h1>Version %d</h1>", brands[(VERSION - 1) % 2], VERSION);
  print(body, "<p>Served by a pod of your cluster</p></header><dl>");
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
    print(body, "<dt>%s</dt><dd id=\"%s\">", facts[i].label, facts[i].key);
    print_html(body, facts[i].value);
    print(body, "</dd>");
  }
  print(body, "<dt>Requests answered</dt><dd id=\"requests\" class=\"count\">%llu</dd></dl></main></body></html>\n", answered);
}

static void print_api(Buffer *body) {
  print(body, "{\"version\":\"%d\"", VERSION);
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
    print(body, ",\"%s\":", facts[i].key);
    print_json(body, facts[i].value);
  }
  print(body, ",\"requests\":%llu}\n", answered);
}

static void respond(Connection *connection, bool head, int status, const char *reason, const char *type, const Buffer *body) {
  Buffer out = {connection->out, MAX_RESPONSE, 0};
  print(&out, "HTTP/1.1 %d %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %zu\r\n", status, reason, type, body->length);
  print(&out, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
  if (status == 405) print(&out, "Allow: GET, HEAD\r\n");
  print(&out, "Connection: %s\r\n\r\n", connection->last ? "close" : "keep-alive");
  if (!head) put(&out, body->text, body->length);
  connection->out_length = out.length;
  connection->out_sent = 0;
}

static void refuse(Connection *connection, int status, const char *reason) {
  char text[64];
  Buffer body = {text, sizeof text, 0};
  print(&body, "%s\n", reason);
  connection->last = true;
  respond(connection, false, status, reason, "text/plain", &body);
}

// The value of a header in the lines of a request, or NULL. Header names know no case.
static const char *header(const char *lines, const char *name, size_t *length) {
  size_t name_length = strlen(name);
  for (const char *line = lines; *line; ) {
    const char *end = strstr(line, "\r\n");
    if (!end) return NULL;
    if (!strncasecmp(line, name, name_length) && line[name_length] == ':') {
      const char *value = line + name_length + 1;
      while (*value == ' ' || *value == '\t') value++;
      *length = (size_t)(end - value);
      return value;
    }
    line = end + 2;
  }
  return NULL;
}

static bool has_token(const char *lines, const char *name, const char *token) {
  size_t length;
  const char *value = header(lines, name, &length);
  return value && memmem(value, length, token, strlen(token));
}

static void lower(char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (text[i] >= 'A' && text[i] <= 'Z') text[i] = (char)(text[i] + 32);
  }
}

// Answers the request that ends at `length`; its text is zero-terminated and may be changed.
static void answer(Connection *connection, char *request, size_t length) {
  char method[16], target[1024];
  int minor;
  if (memchr(request, 0, length) || sscanf(request, "%15[A-Z] %1023[^ \r\n] HTTP/1.%1d\r\n", method, target, &minor) != 3) {
    refuse(connection, 400, "Bad Request");
    return;
  }
  char *lines = strstr(request, "\r\n") + 2;
  lower(lines, strlen(lines));
  connection->last = minor == 0 ? !has_token(lines, "connection", "keep-alive") : has_token(lines, "connection", "close");
  // Whoever waits for a place gets this one.
  if (full()) connection->last = true;
  size_t ignored;
  // A body would have to be read to find the next request: nobody sends one with GET.
  const char *body_length = header(lines, "content-length", &ignored);
  if ((body_length && *body_length != '0') || header(lines, "transfer-encoding", &ignored)) connection->last = true;
  bool head = !strcmp(method, "HEAD");
  if (!head && strcmp(method, "GET")) {
    refuse(connection, 405, "Method Not Allowed");
    return;
  }
  target[strcspn(target, "?#")] = 0;
  static char text[MAX_RESPONSE];
  Buffer body = {text, sizeof text - 1024, 0};
  bool page = !strcmp(target, "/"), api = !strcmp(target, "/api"), health = !strcmp(target, "/healthz");
  if (page || api) answered++;
  if (page) print_page(&body);
  else if (api) print_api(&body);
  else print(&body, health ? "ok" : "Not Found\n");
  bool found = page || api || health;
  const char *type = page ? "text/html" : api ? "application/json" : "text/plain";
  respond(connection, head, found ? 200 : 404, found ? "OK" : "Not Found", type, &body);
  // Probes come every few seconds and would bury what is worth reading.
  if (!health) printf("%s %s %d\n", method, target, found ? 200 : 404);
}

static void drop(Connection *connection) {
  close(connection->fd);
  connection->fd = -1;
}

// Takes the next whole request out of the input, if there is one and the last response is out.
static void next_request(Connection *connection) {
  if (connection->out_length > 0) return;
  char *end = memmem(connection->in, connection->in_length, "\r\n\r\n", 4);
  if (!end) {
    if (connection->in_length == MAX_REQUEST) refuse(connection, 431, "Request Header Fields Too Large");
    return;
  }
  size_t length = (size_t)(end - connection->in) + 4;
  char request[MAX_REQUEST + 1];
  memcpy(request, connection->in, length);
  request[length] = 0;
  connection->in_length -= length;
  memmove(connection->in, connection->in + length, connection->in_length);
  answer(connection, request, length);
}

static bool would_block(void) { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// To close with input unread would reset the connection, and the client might lose the response.
static void begin_to_close(Connection *connection) {
  connection->closing = true;
  connection->in_length = 0;
  shutdown(connection->fd, SHUT_WR);
}

static void receive(Connection *connection) {
  ssize_t count = read(connection->fd, connection->in + connection->in_length, MAX_REQUEST - connection->in_length);
  if (count > 0) {
    if (connection->closing) return;
    connection->in_length += (size_t)count;
    connection->active = now();
    next_request(connection);
  } else if (count == 0 || !would_block()) {
    drop(connection);
  }
}

static void transmit(Connection *connection) {
  while (connection->out_length > 0) {
    size_t rest = connection->out_length - connection->out_sent;
    ssize_t count = send(connection->fd, connection->out + connection->out_sent, rest, MSG_NOSIGNAL);
    if (count < 0) {
      if (!would_block()) drop(connection);
      return;
    }
    connection->active = now();
    connection->out_sent += (size_t)count;
    if (connection->out_sent < connection->out_length) continue;
    connection->out_length = 0;
    if (connection->last) {
      begin_to_close(connection);
      return;
    }
    next_request(connection);
  }
}

static void accept_all(int listener) {
  for (Connection *connection; (connection = free_connection());) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    connection->fd = fd;
    connection->active = now();
    connection->last = connection->closing = false;
    connection->in_length = connection->out_length = connection->out_sent = 0;
  }
}

static int listen_on(uint16_t port) {
  struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  bool six = true;
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    six = false;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  }
  if (fd < 0) return -1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  if (six) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int));
  int bound = six ? bind(fd, (struct sockaddr *)&any6, sizeof any6) : bind(fd, (struct sockaddr *)&any4, sizeof any4);
  return bound || listen(fd, 511) ? -1 : fd;
}

static const char *environment(const char *name, const char *fallback) {
  const char *value = getenv(name);
  return value && *value ? value : fallback;
}

int main(void) {
  struct sigaction on_end = {.sa_handler = end};
  sigaction(SIGTERM, &on_end, NULL);
  sigaction(SIGINT, &on_end, NULL);
  setvbuf(stdout, NULL, _IOLBF, 0);

  const char *unknown = "unknown";
  facts[0] = (Fact){"Pod", "pod", environment("POD_NAME", environment("HOSTNAME", unknown))};
  facts[1] = (Fact){"Namespace", "namespace", environment("POD_NAMESPACE", unknown)};
  facts[2] = (Fact){"Node", "node", environment("NODE_NAME", unknown)};
  facts[3] = (Fact){"Pod IP", "podIP", environment("POD_IP", unknown)};

  const char *port_text = environment("PORT", "8080");
  char *rest;
  long port = strtol(port_text, &rest, 10);
  if (*rest || port < 1 || port > 65535) {
    fprintf(stderr, "PORT must be a number from 1 to 65535, not \"%s\"\n", port_text);
    return 1;
  }
  int listener = listen_on((uint16_t)port);
  if (listener < 0) {
    fprintf(stderr, "cannot listen on port %ld: %s\n", port, strerror(errno));
    return 1;
  }
  printf("version %d listens on port %ld\n", VERSION, port);

  for (size_t i = 0; i < MAX_CONNECTIONS; i++) connections[i].fd = -1;
  for (;;) {
    struct pollfd polled[MAX_CONNECTIONS + 1];
    Connection *owners[MAX_CONNECTIONS + 1];
    nfds_t count = 1;
    time_t earliest = 0, current = now(), patience = full() ? BUSY_IDLE_SECONDS : IDLE_SECONDS;
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
      Connection *connection = &connections[i];
      if (connection->fd < 0) continue;
      time_t end = connection->active + (connection->closing ? CLOSING_SECONDS : patience);
      if (end <= current) {
        drop(connection);
        continue;
      }
      if (!earliest || end < earliest) earliest = end;
      owners[count] = connection;
      // While a response is going out nothing more is read: that bounds what one client can make us hold.
      polled[count++] = (struct pollfd){connection->fd, connection->out_length > 0 ? POLLOUT : POLLIN, 0};
    }
    // When all places are taken, the next clients wait in the kernel's queue.
    polled[0] = (struct pollfd){full() ? -1 : listener, POLLIN, 0};
    int timeout = earliest ? (int)(earliest - current) * 1000 : -1;
    if (poll(polled, count, timeout) < 0) continue;
    for (nfds_t i = 1; i < count; i++) {
      if (!polled[i].revents) continue;
      if (polled[i].revents & POLLNVAL) drop(owners[i]);
      else if (owners[i]->out_length == 0) receive(owners[i]);
      if (owners[i]->fd >= 0) transmit(owners[i]);
    }
    if (polled[0].revents & POLLIN) accept_all(listener);
  }
}
