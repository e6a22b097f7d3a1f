// facts.h - what `bunsen doctor` looks at, as plain data: a machine can be invented as well as met.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/machine.h"
#include "config/node.h"

namespace bunsen {

/// The front itself.
struct FrontFacts {
  std::string version, build;
  std::string torch;  ///< that the worker was built with; empty in a build without one
};

/// bunsen-worker, asked over its protocol. What was not said is empty.
struct WorkerFacts {
  std::string program;  ///< its path; empty: none was found
  std::string trouble;  ///< why it can't be used; empty: it answers
  double start_seconds = 0;
  std::string version, build;
  std::string libtorch;
  std::vector<std::string> devices;
  std::string cpu_capability;          ///< `AVX2`, `AVX512`, `DEFAULT`
  std::string blas;                    ///< `OpenBLAS 0.3.21 ...`, `MKL 2024.2`
  std::vector<std::string> libraries;  ///< shared libraries that it has loaded, links resolved, sorted
};

/// A small network, trained on made data to see that it works and how fast.
struct TrialFacts {
  struct Training {
    std::int64_t threads = 1;
    double gflops = 0;  ///< 10^9 operations a second of its matrix products, of the fastest epoch
  };
  std::string trouble;  ///< why it did not end well; empty: it did, or there was no worker to ask
  std::vector<Training> trainings;
  bool has_same_bits = true;  ///< two trainings with one thread ended in the same weights
};

struct CpuFacts {
  std::string architecture;  ///< `x86_64`
  std::string model;
  bool has_avx2 = false, has_fma = false, has_avx512 = false;
};

struct LoadFacts {
  std::int64_t online_cores = 1;  ///< of the machine, allowed or not
  double load = 0;                ///< processes that want to run, mean of the last minute
};

/// An environment variable that libraries read.
struct VariableFacts {
  std::string name, value;
};

/// A known data set.
struct DataFacts {
  std::string name;
  std::string folder;                 ///< in which it was found; empty: nowhere
  std::vector<std::string> searched;  ///< `data/mnist (not there)`
  std::vector<std::string> broken;    ///< copies that are not whole: `data/mnist (lacks ...)`
  std::string way_out;                ///< how to get it, where it was not found
};

/// A folder to write in: the results' or the cache's.
struct FolderFacts {
  std::string path;
  bool is_there = false;
  std::string tried_in;              ///< the folder itself, else the nearest one above that is there
  std::string trouble;               ///< why nothing can be written there; empty: it can
  std::string file_system;           ///< `ext4`, `nfs4`
  std::int64_t free_bytes = -1;      ///< -1: unknown
  bool is_lock_kept = true;          ///< a second taker of a run's lock is turned away
  bool has_links = true;             ///< hard links can be made, which is how a lock appears whole
  double durable_write_seconds = 0;  ///< a small file, until it is safe from a power cut
  double clock_ahead_seconds = 0;    ///< the file system's clock against this machine's
};

struct ClockFacts {
  std::int64_t now = 0;           ///< seconds since 1970
  std::int64_t program_made = 0;  ///< when this program's file was written
};

struct DoctorFacts {
  FrontFacts front;
  WorkerFacts worker;
  TrialFacts trial;
  CpuFacts cpu;
  CoreFacts cores;
  LoadFacts load;
  MemoryFacts memory;
  std::optional<std::int64_t> address_space_bytes;  ///< `ulimit -v`
  std::vector<std::string> gpus;
  std::vector<VariableFacts> variables;
  std::vector<DataFacts> data;
  FolderFacts results;
  FolderFacts cache;
  ClockFacts clock;
  std::string git, ccache;  ///< paths; empty: not there
};

/// The `facts` of `bunsen doctor --json`, as docs/doctor.md lists them.
Node to_node(const DoctorFacts& facts);

}  // namespace bunsen
