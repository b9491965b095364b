// SPDX-License-Identifier: Apache-2.0
#include "coverage.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

namespace sallyport {
namespace {

// What a counter counts. The texts are literals of the model.
struct Point {
  const char* file;
  int line;
  int column;
  const char* page;
  const char* comment;
  const char* lines;
};

// The points of one kind of model in the order in which it names them, which is
// the same whenever one is made, and their sums.
struct Kind {
  std::vector<Point> points;
  std::vector<uint64_t> sums;
};

class Kinds {
 public:
  std::mutex mutex;
  std::map<std::string, Kind> by_name;

  ~Kinds() {
    const char* const folder = std::getenv("SALLYPORT_COVERAGE");
    if (!folder) return;
    for (const auto& [name, kind] : by_name) write(folder, name, kind);
  }

 private:
  static void write(const std::string& folder, const std::string& name, const Kind& kind) {
    const std::string path = folder + "/" + name + "-" + std::to_string(getpid()) + ".points";
    std::FILE* const file = std::fopen(path.c_str(), "w");
    if (!file) {
      std::fprintf(stderr, "cannot write %s\n", path.c_str());
      return;
    }
    for (std::size_t n = 0; n < kind.points.size(); ++n) {
      const Point& point = kind.points[n];
      std::fprintf(file, "%llu\t%s\t%s\t%d\t%d\t%s\t%s\n",
                   static_cast<unsigned long long>(kind.sums[n]), point.page, point.file, point.line,
                   point.column, point.comment, point.lines);
    }
    std::fclose(file);
  }
};

Kinds& kinds() {
  static Kinds instance;
  return instance;
}

// Where the model that is being made on this thread puts its points.
thread_local std::vector<Point>* names = nullptr;
thread_local std::vector<const uint32_t*>* counts = nullptr;
thread_local std::vector<uint32_t*>* toggles = nullptr;
thread_local std::vector<Point> collected_names;

}  // namespace

void Points::collect() {
  if (!name_) return;
  collected_names.clear();
  names = &collected_names;
  counts = &counts_;
  toggles = &toggles_;
}

void Points::collected() {
  names = nullptr;
  counts = nullptr;
  if (counts_.empty()) return;
  Kinds& all = kinds();
  const std::lock_guard<std::mutex> lock(all.mutex);
  Kind& kind = all.by_name[name_];
  if (kind.points.empty()) {
    kind.points = std::move(collected_names);
    kind.sums.resize(kind.points.size());
  }
}

void Points::clear() {
  for (uint32_t* const count : toggles_) *count = 0;
}

void Points::add() {
  if (counts_.empty()) return;
  Kinds& all = kinds();
  const std::lock_guard<std::mutex> lock(all.mutex);
  std::vector<uint64_t>& sums = all.by_name[name_].sums;
  for (std::size_t n = 0; n < counts_.size(); ++n) sums[n] += *counts_[n];
}

}  // namespace sallyport

extern "C" void sallyport_point(const uint32_t* count, const char* file, int line, int column,
                                const char* page, const char* comment, const char* lines) {
  using sallyport::counts;
  using sallyport::toggles;
  if (!counts) return;
  counts->push_back(count);
  if (std::strncmp(page, "v_toggle", 8) == 0) toggles->push_back(const_cast<uint32_t*>(count));
  sallyport::names->push_back({file, line, column, page, comment, lines});
}
