#include "cli/doctor/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.h"

namespace bunsen {
namespace {

using Findings = std::vector<Finding>;

constexpr double mebi = 1024.0 * 1024.0;
constexpr double gibi = 1024.0 * mebi;

constexpr std::string_view openmp_blas =
    "install Debian's libopenblas0-openmp and build the worker again, which then takes it whatever else is "
    "there";

void well(Findings& findings, std::string_view topic, std::string text) {
  findings.push_back({Verdict::ok, std::string(topic), std::move(text), {}});
}

void doubtful(Findings& findings, std::string_view topic, std::string text, std::string way_out) {
  findings.push_back({Verdict::warn, std::string(topic), std::move(text), std::move(way_out)});
}

void unfit(Findings& findings, std::string_view topic, std::string text, std::string way_out) {
  findings.push_back({Verdict::bad, std::string(topic), std::move(text), std::move(way_out)});
}

std::string size_text(double bytes) {
  return bytes < gibi ? fmt::format("{:.0f} MiB", bytes / mebi) : fmt::format("{:.1f} GiB", bytes / gibi);
}

std::string file_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

bool answers(const DoctorFacts& facts) { return facts.worker.trouble.empty(); }

/// The loaded libraries that `is_meant`.
template <class Test>
std::vector<std::string> loaded(const WorkerFacts& worker, const Test& is_meant) {
  std::vector<std::string> found;
  std::copy_if(worker.libraries.begin(), worker.libraries.end(), std::back_inserter(found), is_meant);
  return found;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// OpenBLAS built with threads of its own. Its file's name says little: Debian calls the builds with pthreads
/// and with OpenMP alike and tells them apart by folder. What it says of itself decides where there is none.
bool is_pthread_openblas(const std::string& path, const std::string& said) {
  const std::string name = file_name(path);
  if (contains(path, "openblas-pthread") || name.starts_with("libopenblas64_p")) return true;
  if (contains(path, "openblas-openmp") || contains(path, "openblas-serial")) return false;
  return name.starts_with("libopenblasp") && !contains(said, "USE_OPENMP") &&
         !contains(said, "SINGLE_THREADED");
}

bool is_blas(const std::string& path) {
  const std::string name = file_name(path);
  constexpr std::array<std::string_view, 7> beginnings = {"libopenblas", "libblas.",   "libblis", "libmkl_",
                                                          "libatlas",    "libf77blas", "libarmpl"};
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return name.starts_with(beginning); });
}

bool is_reference_blas(const std::string& path) {
  return file_name(path).starts_with("libblas.") && !contains(path, "openblas") && !contains(path, "blis") &&
         !contains(path, "atlas") && !contains(path, "mkl");
}

bool is_openmp_runtime(const std::string& path) {
  const std::string name = file_name(path);
  return name.starts_with("libgomp") || name.starts_with("libiomp5") || name.starts_with("libomp.") ||
         name.starts_with("libomp5");
}

bool is_other_malloc(const std::string& path) {
  const std::string name = file_name(path);
  return name.starts_with("libjemalloc") || name.starts_with("libtcmalloc") ||
         name.starts_with("libmimalloc");
}

void judge_worker(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "worker";
  const WorkerFacts& worker = facts.worker;
  if (worker.program.empty())
    return unfit(findings, topic, worker.trouble,
                 "build it with tools/build, or name it in BUNSEN_WORKER_PROGRAM");
  if (!answers(facts)) {
    return unfit(findings, topic, worker.program + " " + worker.trouble,
                 "see what `ldd` says of it, or build it again with tools/build");
  }
  const std::string text = fmt::format("answers after {:.2f} s: {}", worker.start_seconds, worker.program);
  if (worker.build == facts.front.build && worker.version == facts.front.version)
    return well(findings, topic, text);
  doubtful(findings, topic,
           fmt::format("{} is of another build ({} {}) than bunsen ({} {})", worker.program, worker.version,
                       worker.build, facts.front.version, facts.front.build),
           "build both from the same source");
}

void judge_libtorch(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "LibTorch";
  const WorkerFacts& worker = facts.worker;
  if (!answers(facts)) return;
  std::string text = fmt::format("{}, devices: {}", worker.libtorch, join(worker.devices, ", "));
  const std::vector<std::string> files =
      loaded(worker, [](const std::string& path) { return file_name(path).starts_with("libtorch_cpu.so"); });
  if (!files.empty()) text += "; in " + std::filesystem::path(files[0]).parent_path().string();
  const bool has_cuda =
      std::find(worker.devices.begin(), worker.devices.end(), "cuda") != worker.devices.end();
  if (facts.gpus.empty() || has_cuda) return well(findings, topic, text);
  doubtful(findings, topic, fmt::format("{}; it does not see the GPU ({})", text, join(facts.gpus, ", ")),
           "build with a LibTorch for CUDA: BUNSEN_TORCH=FOLDER tools/build");
}

void judge_blas(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "BLAS";
  const WorkerFacts& worker = facts.worker;
  if (!answers(facts)) return;
  const std::vector<std::string> files = loaded(worker, is_blas);
  std::string text = worker.blas.empty() ? "unknown" : worker.blas;
  if (!files.empty()) text += ", " + files.back();

  const std::vector<std::string> own_threads =
      loaded(worker, [&](const std::string& path) { return is_pthread_openblas(path, worker.blas); });
  const std::vector<std::string> openmp = loaded(worker, is_openmp_runtime);
  if (!own_threads.empty() && !openmp.empty()) {
    return doubtful(findings, topic,
                    fmt::format("{} starts threads of its own beside those of {}; with two threads, 1.5 s "
                                "have become 4.1 s",
                                own_threads[0], file_name(openmp[0])),
                    std::string(openmp_blas));
  }
  const bool is_reference = !files.empty() && std::all_of(files.begin(), files.end(), is_reference_blas);
  if (is_reference) {
    return doubtful(findings, topic,
                    fmt::format("{} is the reference BLAS, ten times slower than others", files[0]),
                    std::string(openmp_blas));
  }
  well(findings, topic, text);
}

void judge_openmp(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "OpenMP";
  if (!answers(facts)) return;
  const std::vector<std::string> runtimes = loaded(facts.worker, is_openmp_runtime);
  if (runtimes.empty()) return well(findings, topic, "no runtime of its own is loaded");
  if (runtimes.size() == 1) return well(findings, topic, "one runtime: " + runtimes[0]);
  doubtful(findings, topic,
           fmt::format("{} runtimes are loaded, each with threads of its own: {}", runtimes.size(),
                       join(runtimes, ", ")),
           "find what brings the second one in (LD_PRELOAD, LD_LIBRARY_PATH), or take a LibTorch that brings "
           "its own: BUNSEN_TORCH=pip tools/build");
}

void judge_malloc(const DoctorFacts& facts, Findings& findings) {
  if (!answers(facts)) return;
  const std::vector<std::string> others = loaded(facts.worker, is_other_malloc);
  well(findings, "malloc",
       others.empty() ? "the C library's; it keeps large tensors for the next step"
                      : others[0] + " in the place of the C library's; it has settings of its own");
}

void judge_trial(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "training";
  const TrialFacts& trial = facts.trial;
  if (!answers(facts)) return;
  if (!trial.trouble.empty()) {
    return unfit(findings, topic, "a small network could not be trained: " + trial.trouble,
                 "what the worker says points at the cause; memory and limits are first to look at");
  }
  if (trial.trainings.empty()) return;
  if (!trial.has_same_bits) {
    return unfit(findings, topic, "the same training ended twice in different weights",
                 "test the machine's memory and cooling; no result from it can be repeated");
  }
  std::vector<std::string> speeds;
  for (const TrialFacts::Training& training : trial.trainings)
    speeds.push_back(
        fmt::format("{:.0f} GFLOP/s with {}", training.gflops, count_of(training.threads, "thread")));
  const bool is_busy = facts.load.load > static_cast<double>(facts.cores.usable());
  std::string text = join(speeds, ", ");
  if (is_busy)
    return well(findings, topic,
                text + fmt::format("; others compute here too (load {:.1f})", facts.load.load));

  constexpr double slow_gflops = 5;
  const TrialFacts::Training& first = trial.trainings.front();
  const TrialFacts::Training& last = trial.trainings.back();
  if (first.gflops < slow_gflops)
    return doubtful(findings, topic, text + ", a tenth of what a core can do", "look at BLAS and CPU above");
  if (last.gflops < 0.8 * first.gflops) {
    return doubtful(findings, topic, fmt::format("{}: more threads make it slower", text),
                    "train with one thread: `--threads 1`, or `runtime: {threads: 1}`");
  }
  well(findings, topic, text + "; trained twice, equal to the last bit");
}

void judge_cpu(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "CPU";
  const CpuFacts& cpu = facts.cpu;
  std::vector<std::string> sets;
  if (cpu.has_avx2) sets.emplace_back("AVX2");
  if (cpu.has_fma) sets.emplace_back("FMA");
  if (cpu.has_avx512) sets.emplace_back("AVX-512");
  std::string text = cpu.model.empty() ? cpu.architecture : cpu.model;
  if (!sets.empty()) text += ", " + join(sets, " ");
  if (cpu.architecture != "x86_64") {
    return doubtful(findings, topic, text + ": equal bits with PyTorch were never tried here",
                    "compare with results of this machine only");
  }
  if (!cpu.has_avx2 || !cpu.has_fma) {
    return doubtful(findings, topic, text + ": without AVX2 and FMA bits differ from those of PyTorch",
                    "compare with results of this machine only, or use another one");
  }
  const std::string& used = facts.worker.cpu_capability;
  if (used.empty()) return well(findings, topic, text);
  text += "; LibTorch uses " + used;
  if (used != "DEFAULT" && used != "NO AVX") return well(findings, topic, text);
  doubtful(findings, topic, text + ", slower and with other bits",
           "unset ATEN_CPU_CAPABILITY, or take another LibTorch");
}

void judge_cores(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "cores";
  const CoreFacts& cores = facts.cores;
  std::string text = fmt::format("{} of {} may be used", cores.usable(), facts.load.online_cores);
  if (!cores.control_group_cores) return well(findings, topic, text);
  text += fmt::format("; the control group grants the time of {:g}", *cores.control_group_cores);
  if (*cores.control_group_cores >= 1) return well(findings, topic, text);
  doubtful(findings, topic, text + ", so that each training stands still part of the time",
           "give the container a core or more");
}

void judge_memory(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "memory";
  constexpr double least = 512 * mebi, comfortable = 1536 * mebi, least_addresses = 8 * gibi;
  const MemoryFacts& memory = facts.memory;
  const auto usable = static_cast<double>(memory.usable_bytes());
  if (usable <= 0) return well(findings, topic, "size unknown");
  std::string text = size_text(usable);
  if (memory.control_group_bytes && *memory.control_group_bytes <= memory.usable_bytes())
    text += fmt::format(", the control group's limit (the machine has {})",
                        size_text(static_cast<double>(memory.total_bytes)));
  text += fmt::format("; {} available now", size_text(static_cast<double>(memory.available_bytes)));
  if (usable < least)
    return unfit(findings, topic, text + "; LibTorch alone takes 200 to 300 MiB",
                 "raise the limit to 2 GiB or more");
  if (facts.address_space_bytes && static_cast<double>(*facts.address_space_bytes) < least_addresses) {
    return doubtful(findings, topic,
                    fmt::format("{}; `ulimit -v` leaves {} of addresses, of which LibTorch reserves many",
                                text, size_text(static_cast<double>(*facts.address_space_bytes))),
                    "`ulimit -v unlimited`");
  }
  if (usable < comfortable)
    return doubtful(findings, topic, text + "; enough for small models only",
                    "raise the limit, or use `--jobs 1`");
  if (static_cast<double>(memory.available_bytes) < least)
    return doubtful(findings, topic, text, "end what takes it, or use `--jobs 1`");
  well(findings, topic, text);
}

enum class Effect : std::uint8_t { replaced, bits, affinity, threads, noted };

struct KnownVariable {
  std::string_view name;
  Effect effect;
};

constexpr std::array<KnownVariable, 28> variables = {{
    {"OMP_NUM_THREADS", Effect::replaced},
    {"OMP_WAIT_POLICY", Effect::replaced},
    {"MALLOC_MMAP_THRESHOLD_", Effect::replaced},
    {"MALLOC_TRIM_THRESHOLD_", Effect::replaced},
    {"ATEN_CPU_CAPABILITY", Effect::bits},
    {"MKL_CBWR", Effect::bits},
    {"MKL_ENABLE_INSTRUCTIONS", Effect::bits},
    {"MKL_DEBUG_CPU_TYPE", Effect::bits},
    {"OPENBLAS_CORETYPE", Effect::bits},
    {"ONEDNN_MAX_CPU_ISA", Effect::bits},
    {"DNNL_MAX_CPU_ISA", Effect::bits},
    {"ONEDNN_DEFAULT_FPMATH_MODE", Effect::bits},
    {"DNNL_DEFAULT_FPMATH_MODE", Effect::bits},
    {"NVIDIA_TF32_OVERRIDE", Effect::bits},
    {"TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", Effect::bits},
    {"OMP_PROC_BIND", Effect::affinity},
    {"OMP_PLACES", Effect::affinity},
    {"GOMP_CPU_AFFINITY", Effect::affinity},
    {"KMP_AFFINITY", Effect::affinity},
    {"OMP_DYNAMIC", Effect::threads},
    {"OMP_THREAD_LIMIT", Effect::threads},
    {"MKL_DYNAMIC", Effect::threads},
    {"MKL_NUM_THREADS", Effect::threads},
    {"OPENBLAS_NUM_THREADS", Effect::threads},
    {"GLIBC_TUNABLES", Effect::noted},
    {"LD_PRELOAD", Effect::noted},
    {"LD_LIBRARY_PATH", Effect::noted},
    {"CUDA_VISIBLE_DEVICES", Effect::noted},
}};

/// `NAME=value` of the variables that are set and have the effect.
std::vector<std::string> set_with(const DoctorFacts& facts, Effect effect) {
  std::vector<std::string> texts;
  for (const KnownVariable& known : variables) {
    for (const VariableFacts& variable : facts.variables) {
      if (known.effect == effect && variable.name == known.name)
        texts.push_back(fmt::format("{}={}", variable.name, variable.value));
    }
  }
  return texts;
}

void judge_variables(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "environment";
  const std::size_t before = findings.size();
  if (const std::vector<std::string> set = set_with(facts, Effect::bits); !set.empty()) {
    doubtful(findings, topic, join(set, ", ") + ": changes the last bits of results",
             "unset it, or set it the same wherever results are compared");
  }
  if (const std::vector<std::string> set = set_with(facts, Effect::affinity); !set.empty()) {
    doubtful(findings, topic, join(set, ", ") + ": trainings side by side may all be bound to the same cores",
             "unset it, and bind with taskset or the batch system");
  }
  if (const std::vector<std::string> set = set_with(facts, Effect::threads); !set.empty()) {
    doubtful(findings, topic,
             join(set, ", ") + ": may change how many threads compute, and with them the last bits",
             "unset it, and use `--threads`");
  }
  std::vector<std::string> texts;
  if (const std::vector<std::string> set = set_with(facts, Effect::replaced); !set.empty())
    texts.push_back(join(set, ", ") + " (the worker gets values of its own)");
  if (const std::vector<std::string> set = set_with(facts, Effect::noted); !set.empty())
    texts.push_back(join(set, ", "));
  if (!texts.empty()) well(findings, topic, join(texts, ", "));
  if (findings.size() == before) well(findings, topic, "no variable is set that would change bits or speed");
}

void judge_data(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "data";
  std::vector<std::string> found, missing, broken, searched, ways;
  for (const DataFacts& set : facts.data) {
    broken.insert(broken.end(), set.broken.begin(), set.broken.end());
    if (!set.folder.empty()) {
      found.push_back(set.name + " in " + set.folder);
      continue;
    }
    missing.push_back(set.name);
    searched = set.searched;
    ways.push_back(set.way_out);
  }
  if (!broken.empty()) {
    doubtful(findings, topic, "not whole: " + join(broken, ", "),
             "remove it, or put whole files in its place");
  }
  if (found.empty() && !missing.empty()) {
    return doubtful(
        findings, topic,
        fmt::format("neither {} was found; searched {}", join(missing, " nor "), join(searched, ", ")),
        ways.back() + "; `dataset: synthetic` needs no files");
  }
  std::string text = join(found, ", ");
  if (!missing.empty()) text += "; not found: " + join(missing, ", ");
  well(findings, topic, text);
}

bool is_in_memory(const std::string& file_system) { return file_system == "tmpfs" || file_system == "ramfs"; }

std::string folder_text(const FolderFacts& folder) {
  std::string text = folder.path + (folder.is_there ? "" : " (not there yet)");
  if (!folder.file_system.empty()) text += " on " + folder.file_system;
  if (folder.free_bytes >= 0)
    text += fmt::format(", {} free", size_text(static_cast<double>(folder.free_bytes)));
  return text;
}

void judge_results(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "results";
  constexpr double least = 10 * mebi, comfortable = gibi, slow_seconds = 0.05, most_ahead_seconds = 30;
  const std::string elsewhere = "use `--results DIR`, or BUNSEN_RESULTS, for a folder elsewhere";
  const FolderFacts& folder = facts.results;
  if (!folder.trouble.empty()) return unfit(findings, topic, folder.trouble, elsewhere);
  std::string text = folder_text(folder);
  const auto free = static_cast<double>(folder.free_bytes);
  if (folder.free_bytes >= 0 && free < least)
    return unfit(findings, topic, text, "make room, or " + elsewhere);
  if (!folder.is_lock_kept) {
    return unfit(findings, topic, text + ": locks don't hold, two processes could write the same run",
                 elsewhere);
  }
  text += fmt::format("; a file is safe after {:.1f} ms", 1000 * folder.durable_write_seconds);
  if (folder.free_bytes >= 0 && free < comfortable)
    return doubtful(findings, topic, text, "make room, or " + elsewhere);
  if (is_in_memory(folder.file_system))
    return doubtful(findings, topic, text + ": it lies in memory and is lost at the next start", elsewhere);
  if (folder.clock_ahead_seconds > most_ahead_seconds || folder.clock_ahead_seconds < -most_ahead_seconds) {
    return doubtful(
        findings, topic,
        fmt::format("{}; its clock is {:.0f} s {} this machine's", text, std::abs(folder.clock_ahead_seconds),
                    folder.clock_ahead_seconds > 0 ? "ahead of" : "behind"),
        "set both clocks by one time server");
  }
  if (folder.durable_write_seconds > slow_seconds)
    return doubtful(findings, topic, text + ", and each run waits for two", elsewhere);
  if (!folder.has_links) text += "; no hard links, so locks are made by exclusive creation";
  well(findings, topic, text);
}

void judge_cache(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "cache";
  const FolderFacts& folder = facts.cache;
  if (folder.path.empty() || !folder.trouble.empty()) {
    return doubtful(findings, topic,
                    (folder.path.empty() ? "no folder: HOME and XDG_CACHE_HOME are unset" : folder.trouble) +
                        "; checksums of data are worked out anew at each start",
                    "set XDG_CACHE_HOME to a folder that can be written");
  }
  well(findings, topic, folder_text(folder));
}

void judge_clock(const DoctorFacts& facts, Findings& findings) {
  constexpr std::int64_t a_day = 86400;
  if (facts.clock.now + a_day >= facts.clock.program_made) return;
  doubtful(findings, "clock", "it shows a time before this program was built",
           "set it; runs are sorted by when they began");
}

void judge_tools(const DoctorFacts& facts, Findings& findings) {
  constexpr std::string_view topic = "tools";
  const std::string ccache = facts.ccache.empty() ? "no ccache (only builds would gain)" : facts.ccache;
  if (!facts.git.empty()) return well(findings, topic, facts.git + ", " + ccache);
  doubtful(findings, topic, "no git: results can't say from which commit they came", "install git");
}

}  // namespace

std::string_view word_of(Verdict verdict) {
  constexpr std::array<std::string_view, 3> words = {"ok", "warn", "bad"};
  return words[static_cast<std::size_t>(verdict)];
}

std::vector<Finding> judge(const DoctorFacts& facts) {
  Findings findings;
  judge_worker(facts, findings);
  judge_libtorch(facts, findings);
  judge_blas(facts, findings);
  judge_openmp(facts, findings);
  judge_malloc(facts, findings);
  judge_cpu(facts, findings);
  judge_cores(facts, findings);
  judge_memory(facts, findings);
  judge_trial(facts, findings);
  judge_variables(facts, findings);
  judge_data(facts, findings);
  judge_results(facts, findings);
  judge_cache(facts, findings);
  judge_clock(facts, findings);
  judge_tools(facts, findings);
  return findings;
}

Verdict verdict_of(const std::vector<Finding>& findings) {
  Verdict worst = Verdict::ok;
  for (const Finding& finding : findings) worst = std::max(worst, finding.verdict);
  return worst;
}

std::vector<std::string_view> known_variables() {
  std::vector<std::string_view> names;
  names.reserve(variables.size());
  for (const KnownVariable& variable : variables) names.push_back(variable.name);
  return names;
}

}  // namespace bunsen
