using System.Diagnostics;
using System.Globalization;

namespace Pure.Tuner.Tests;

/// <summary>Feeds damaged input to a reader, and holds it to a result or one sentence, within time, memory and stack.</summary>
/// <remarks>
/// PURE_TUNER_FUZZ sets the cases of each target, PURE_TUNER_FUZZ_SEED the seed, PURE_TUNER_FUZZ_CASE runs one case alone. A case that ends
/// the process (a stack overflow) leaves its number in pure-tuner-fuzz/TARGET.at of the temporary folder.
/// </remarks>
internal static class Fuzzer
{
    private const int StackBytes = 1 << 20;              // what a thread has on the narrowest of systems
    private const long MostBytes = 1L << 30;
    private const int MostCharacters = 1200;             // of a line: several faults of a recipe have one each
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    /// <summary>Where files of the cases are: in memory where the system has such a place.</summary>
    private static string Root { get; } = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"pure-tuner-fuzz-{Environment.ProcessId}");

    /// <summary>An empty folder for a target; removed by <see cref="Run"/>.</summary>
    public static string Folder(string target) => Directory.CreateDirectory(Path.Combine(Root, target)).FullName;

    /// <summary>Runs the cases of a target.</summary>
    /// <param name="target">Its name.</param>
    /// <param name="cases">How many where the environment does not say.</param>
    /// <param name="make">The input of a case.</param>
    /// <param name="read">Reads it; throws what the reader throws.</param>
    /// <param name="names">What each sentence must name, one of them; none for readers of texts without a file.</param>
    /// <param name="refusals">Exceptions that are right answers.</param>
    public static void Run(string target, int cases, Func<FuzzRandom, byte[]> make, Action<byte[]> read, string[] names, params Type[] refusals)
    {
        long seed = Setting("PURE_TUNER_FUZZ_SEED") ?? 1, only = Setting("PURE_TUNER_FUZZ_CASE") ?? -1, count = Setting("PURE_TUNER_FUZZ") ?? cases;
        string marks = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "pure-tuner-fuzz")).FullName, mark = Path.Combine(marks, target + ".at");
        var work = new Work(target, seed);
        var thread = new Thread(() =>
        {
            using var at = new FileStream(mark, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, 0);
            for (long i = only >= 0 ? only : 0; (only >= 0 ? i == only : i < count) && !work.Stop; i++)
            {
                at.Position = 0;
                at.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"PURE_TUNER_FUZZ_SEED={seed} PURE_TUNER_FUZZ_CASE={i}\n")));
                work.Begin(i, make(FuzzRandom.Of(target, seed, i)));
                long before = GC.GetAllocatedBytesForCurrentThread();
                string? fault = Judge(work, read, names, refusals);
                long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
                work.End(bytes);
                if (bytes > MostBytes) work.Fail("memory", $"takes {bytes >> 20} MiB of memory", marks);
                if (fault is not null) work.Fail(KindOf(fault), fault, marks);
            }
        }, StackBytes)
        { IsBackground = true };
        long start = Environment.WorkingSet;
        thread.Start();
        while (!thread.Join(50))
        {
            bool late = work.Elapsed > s_limit && !Debugger.IsAttached, large = Environment.WorkingSet - start > MostBytes + MostBytes / 2;   // the half is for targets beside this one, and garbage
            if (!late && !large) continue;
            work.Fail(late ? "time" : "memory", late ? $"does not end within {s_limit.TotalSeconds} s" : "takes more than 1 GiB of memory", marks);
            break;
        }
        if (work.Faults.Count > 0)
            Assert.Fail($"{string.Join("\n\n", work.Faults)}\n\n{target}: {work.Faults.Count} faults; run one again with PURE_TUNER_FUZZ_SEED={seed} PURE_TUNER_FUZZ_CASE=(its number) dotnet test -c Release tests/Fuzz");
        File.Delete(mark);
        if (Directory.Exists(Path.Combine(Root, target))) Directory.Delete(Path.Combine(Root, target), recursive: true);
        try { Directory.Delete(Root); } catch (IOException) { }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target}: {work.Read} read, {work.Refused} refused, longest {work.Longest.TotalMilliseconds:F0} ms, most {work.Most >> 10} KiB"));
        // Mutants that are all refused, or all read, would prove little.
        if (only < 0 && count >= 500) Assert.True(work.Read > 0 && work.Refused > 0, $"{target}: {work.Read} read, {work.Refused} refused: the mutants are too mild or too wild to say anything");
    }

    /// <summary>Null where the reader did what it should.</summary>
    private static string? Judge(Work work, Action<byte[]> read, string[] names, Type[] refusals)
    {
        try
        {
            read(work.Input);
            work.Read++;
            return null;
        }
        catch (Exception e) when (refusals.Contains(e.GetType()))
        {
            work.Refused++;
            string m = e.Message;
            string? wrong = m.Length < 10 ? "says nothing"
                : m.Split('\n').Max(l => l.Length) > MostCharacters ? $"says {m.Length} characters"
                : m.Contains("   at ", StringComparison.Ordinal) && m.Contains(".cs", StringComparison.Ordinal) ? "shows a stack"
                : m.Contains("Object reference", StringComparison.Ordinal) || m.Contains("Exception of type", StringComparison.Ordinal) || m.Contains("System.", StringComparison.Ordinal) || m.Contains("Pure.Tuner.", StringComparison.Ordinal) ? "shows the program's inside"
                : names.Length > 0 && !names.Any(n => m.Contains(n, StringComparison.Ordinal)) ? $"names none of {string.Join(", ", names)}"
                : null;
            return wrong is null ? null : $"{wrong}: {m[..Math.Min(m.Length, 600)]}";
        }
        catch (Exception e) { return $"throws {e}"; }
    }

    /// <summary>Faults of one kind are told once: an exception's type and the place that threw it, or the first words.</summary>
    private static string KindOf(string fault)
    {
        string[] lines = fault.Split('\n');
        return lines.Length > 1 && Array.Find(lines, l => l.Contains(" at Pure.Tuner.", StringComparison.Ordinal)) is { } frame ? lines[0].Split(':')[0] + frame : fault[..Math.Min(fault.Length, 30)];
    }

    private static long? Setting(string name) => long.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out long value) ? value : null;

    /// <summary>What the thread at work and the one that watches it share.</summary>
    private sealed class Work(string target, long seed)
    {
        private const int MostFaults = 10;
        private readonly HashSet<string> _kinds = [];
        private readonly List<string> _faults = [];
        private long _since, _case;
        private byte[] _input = [];

        public volatile bool Stop;
        public byte[] Input => _input;
        public long Read { get; set; }
        public long Refused { get; set; }
        public TimeSpan Longest { get; private set; }
        public long Most { get; private set; }
        public TimeSpan Elapsed => Volatile.Read(ref _since) is > 0 and var since ? Stopwatch.GetElapsedTime(since) : TimeSpan.Zero;

        /// <summary>One of each kind.</summary>
        public List<string> Faults
        {
            get { lock (_faults) return [.. _faults]; }
        }

        public void Begin(long number, byte[] input)
        {
            (_case, _input) = (number, input);
            Volatile.Write(ref _since, Stopwatch.GetTimestamp());
        }

        public void End(long bytes)
        {
            if (Elapsed > Longest) Longest = Elapsed;
            Most = Math.Max(Most, bytes);
            Volatile.Write(ref _since, 0);
        }

        /// <summary>Keeps the input and the fault, unless one of its kind is known.</summary>
        public void Fail(string kind, string fault, string folder)
        {
            lock (_faults)
            {
                if (!_kinds.Add(kind)) return;
                string file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{target}-{seed}-{_case}.bin"));
                File.WriteAllBytes(file, _input);
                _faults.Add($"{target}: case {_case} {fault}\nThe input is in {file}");
                Stop = _faults.Count >= MostFaults || kind == "time";
            }
        }
    }
}
