namespace Pure.Tuner;

/// <summary>What a thread does, timed from the inside: every span goes to a trace at once, and sums to a table. It follows the thread that began it.</summary>
/// <remarks>
/// Nothing is kept but the open spans and one row for each operator, so that memory does not grow with the run. Time is the clock's, on the
/// calling thread. A row's time is its own: what an operator calls that has a row itself counts there. So rows and the rest add up to the whole.
/// </remarks>
internal sealed class Profile : IDisposable
{
    /// <summary>Kinds of products beyond these are added up as one: rows of a thousand lengths have a thousand shapes.</summary>
    private const int MostProducts = 1024;

    [ThreadStatic] private static Profile? s_current;

    private readonly Profile? _outer = s_current;
    private readonly Lock _gate = new();                    // a signal's thread may finish it
    private readonly TraceWriter? _trace;
    private readonly Dictionary<(string, string), ProfileRow> _rows = [];
    private readonly Dictionary<(string, string), ProfileRow> _products = [];
    private readonly Dictionary<string, ProfileRow> _device = [];
    private readonly long _start = Now;
    private Frame[] _frames = new Frame[64];
    private int _depth, _operators, _backwards;
    private long _end, _apart;
    private string? _deviceMemory, _deviceFault;

    private Profile(TraceWriter? trace) => _trace = trace;

    /// <summary>The profile of this thread, or null.</summary>
    public static Profile? Current => s_current;

    /// <summary>What the machine can do; shares are told where it is known before the work.</summary>
    public IMachineLimits? Limits { get; private set; }

    /// <summary>What the outermost operators had to do so far.</summary>
    public OpCost Cost { get; private set; }

    /// <summary>Whether the gradient of an operator is being computed.</summary>
    public bool IsInBackward => _backwards > 0;

    private static long Now => (long)(System.Diagnostics.Stopwatch.GetTimestamp() * (1e9 / System.Diagnostics.Stopwatch.Frequency));

    /// <summary>Nanoseconds since it began.</summary>
    internal long ElapsedNs => Now - _start;

    /// <summary>Begins one on this thread.</summary>
    /// <param name="trace">Where the trace goes; stays the caller's. Null for sums alone.</param>
    public static Profile Begin(Stream? trace = null) => s_current = new Profile(trace is null ? null : new TraceWriter(trace));

    /// <summary>Until disposed this thread is not profiled: for rehearsals.</summary>
    public static Suspension Pause() => new(s_current);

    /// <summary>A stage of a run, whose own time is nobody's: what no operator inside it covers is the rest.</summary>
    public static ProfileSpan Phase(string name) => Begin(ProfileKind.Phase, name);

    /// <summary>Work that is no operator: reading rows, an optimizer's step, sampling. It has a row of its own.</summary>
    public static ProfileSpan Work(string name) => Begin(ProfileKind.Work, name);

    /// <summary>A layer: operators inside that do not know theirs take its path.</summary>
    public static ProfileSpan Layer(string path) => Begin(ProfileKind.Layer, path);

    /// <summary>A product of matrices, batch times [m, k] x [k, n].</summary>
    public static ProfileSpan Product(long m, long n, long k, Tensor a, Tensor b, long batch) =>
        s_current is { } profile ? profile.OpenProduct(m, n, k, batch, 0, OpCost.BytesOf(a) + OpCost.BytesOf(b), b.DType.Name) : default;

    /// <summary>A product with a weight, [m, k] x [k, n], and what a low rank adds to it.</summary>
    public static ProfileSpan Product(long m, long n, long k, Tensor x, Weight w, int rank = 0) =>
        s_current is { } profile ? profile.OpenProduct(m, n, k, 1, rank, OpCost.BytesOf(x) + w.Bytes, w is QuantizedTensor packed ? packed.Format.Name : ((Parameter)w).Value.DType.Name) : default;

    private ProfileSpan OpenProduct(long m, long n, long k, long batch, int rank, double bytes, string weights)
    {
        int depth = Open(ProfileKind.Product, "product");
        ref Frame frame = ref _frames[depth];
        frame.Flops = 2.0 * batch * m * (n * k + rank * (n + k));
        frame.Bytes = bytes + 4.0 * batch * m * n;
        frame.Shape = FormattableString.Invariant($"{(batch == 1 ? "" : $"{batch} x ")}[{m}, {k}] x [{k}, {n}]{(rank == 0 ? "" : $" + rank {rank}")}");
        frame.Direction = weights;
        return new ProfileSpan(this, depth);
    }

    /// <summary>Measures the machine, once; its time does not count.</summary>
    public void Measure(Func<IMachineLimits> limits)
    {
        if (Limits is not null) return;
        long before = Now;
        Limits = limits();
        _apart += Now - before;
    }

    /// <summary>An operator begins.</summary>
    public int OpenOperator(string name, bool isBackward)
    {
        int depth = Open(ProfileKind.Operator, name);
        _operators++;
        if (isBackward) _backwards++;
        _frames[depth].IsBackward = isBackward;
        return depth;
    }

    /// <summary>An operator has ended.</summary>
    public void CloseOperator(int depth, OpNote note, string direction)
    {
        ref Frame frame = ref _frames[depth];
        bool isBackward = frame.IsBackward;
        (frame.Flops, frame.Bytes) = isBackward ? (note.Cost.BackwardFlops, note.Cost.BackwardBytes) : (note.Cost.Flops, note.Cost.Bytes);
        (frame.Name, frame.Shape, frame.Path, frame.Direction) = (note.Name, note.Shape, note.Path ?? LayerPath(), direction);
        if (_operators == 1 && !isBackward) Cost += note.Cost;
        Close(depth);
    }

    /// <summary>Whose row the work is that is handed to a device now: the innermost operator's; null where there is none.</summary>
    internal DeviceWork? OpenWork()
    {
        for (int i = _depth - 1; i >= 0; i--)
            if (_frames[i].Kind is ProfileKind.Operator or ProfileKind.Work) return _frames[i].Device ??= new DeviceWork();
        return null;
    }

    /// <summary>A device has done a piece of work: by its own clock, after the work was handed over.</summary>
    /// <param name="name">What the device calls it.</param>
    /// <param name="work">Whose row it belongs to.</param>
    /// <param name="startNs">Since the profile began.</param>
    /// <param name="ns">How long it took.</param>
    internal void OnDevice(string name, DeviceWork? work, long startNs, long ns)
    {
        lock (_gate)
        {
            if (_end != 0) return;
            if (!_device.TryGetValue(name, out ProfileRow? row)) _device[name] = row = new ProfileRow(name, "");
            row.Calls++;
            row.Ms += ns * 1e-6;
            work?.Add(ns * 1e-6);
            _trace?.OnDevice(name, startNs, ns);
        }
    }

    /// <summary>What a device's memory came to, in a line for people; the last one counts.</summary>
    internal void DeviceMemory(string line) => _deviceMemory = line;

    /// <summary>Why a device's times are not complete, in a line for people; the first one counts.</summary>
    internal void DeviceFault(string line) => _deviceFault ??= line;

    /// <summary>The innermost layer's path.</summary>
    public string? LayerPath()
    {
        for (int i = _depth - 1; i >= 0; i--)
            if (_frames[i].Kind == ProfileKind.Layer) return _frames[i].Name;
        return null;
    }

    /// <summary>A span ends, and with it those inside that an exception left open.</summary>
    internal void Close(int depth)
    {
        lock (_gate)
        {
            if (_end != 0)
            {
                _depth = depth;
                return;
            }
            long end = Now;
            while (_depth > depth + 1) Forget(ref _frames[--_depth]);
            ref Frame frame = ref _frames[depth];
            long time = end - frame.Start, own = Math.Max(0, time - frame.Inside);
            _trace?.Span(frame, frame.Start - _start, time, PhaseName(depth), Limits);
            Forget(ref frame);
            DeviceWork? work = frame.Device;
            _depth = depth;
            bool isRow = frame.Kind switch { ProfileKind.Operator or ProfileKind.Work => true, ProfileKind.Product => _operators == 0, _ => false };
            if (frame.Kind == ProfileKind.Product) Add(_products, _products.Count < MostProducts ? (frame.Shape!, frame.Direction) : ("others", ""), frame, time);
            ProfileRow? row = !isRow ? null : Add(_rows, (frame.Name, frame.Kind == ProfileKind.Product ? "" : frame.Direction), frame, own);
            if (row is not null) work?.Settle(row);
            if (depth == 0) return;
            _frames[depth - 1].Inside += isRow ? time : frame.Kind == ProfileKind.Product ? 0 : frame.Inside;
        }
    }

    /// <summary>Ends it: spans that are still open end now, the trace is complete. Safe to call twice and from another thread.</summary>
    public ProfileTable Finish()
    {
        lock (_gate)
        {
            if (_end == 0)
            {
                _end = Now;
                for (int i = _depth - 1; i >= 0; i--) _trace?.Span(_frames[i], _frames[i].Start - _start, _end - _frames[i].Start, PhaseName(i), Limits);
                _trace?.Finish(Limits);
            }
            return new ProfileTable((_end - _start - _apart) * 1e-6, [.. _rows.Values], [.. _products.Values], _trace?.Events ?? 0, _trace?.Fault) { Device = [.. _device.Values], DeviceMemory = _deviceMemory, DeviceFault = _deviceFault };
        }
    }

    /// <summary>Ends it and gives the thread back to the one around it.</summary>
    public void Dispose()
    {
        Finish();
        if (s_current == this) s_current = _outer;
    }

    private static ProfileSpan Begin(ProfileKind kind, string name) => s_current is { } profile ? new ProfileSpan(profile, profile.Open(kind, name)) : default;

    private int Open(ProfileKind kind, string name)
    {
        lock (_gate)
        {
            if (_depth == _frames.Length) Array.Resize(ref _frames, 2 * _depth);
            _frames[_depth] = new Frame { Kind = kind, Name = name, Direction = "", Start = Now };
            return _depth++;
        }
    }

    private void Forget(ref Frame frame)
    {
        if (frame.Kind != ProfileKind.Operator) return;
        _operators--;
        if (frame.IsBackward) _backwards--;
    }

    private string? PhaseName(int depth)
    {
        for (int i = depth - 1; i >= 0; i--)
            if (_frames[i].Kind == ProfileKind.Phase) return _frames[i].Name;
        return null;
    }

    private ProfileRow Add(Dictionary<(string, string), ProfileRow> rows, (string Name, string Direction) key, in Frame frame, long ns)
    {
        if (!rows.TryGetValue(key, out ProfileRow? row)) rows[key] = row = new ProfileRow(key.Name, key.Direction);
        row.Calls++;
        row.Ms += ns * 1e-6;
        row.Flops += frame.Flops;
        row.Bytes += frame.Bytes;
        row.FlopsMs += Limits is { GFlops: > 0 and var flops } ? frame.Flops / flops * 1e-6 : 0;
        row.BytesMs += Limits is { GBPerSecond: > 0 and var bytes } ? frame.Bytes / bytes * 1e-6 : 0;
        row.LimitMs += LimitMs(frame, Limits);
        return row;
    }

    /// <summary>The time below which the machine cannot do it: its arithmetic or its bytes, whichever takes longer.</summary>
    internal static double LimitMs(in Frame frame, IMachineLimits? limits) =>
        limits is { GFlops: > 0, GBPerSecond: > 0 } ? Math.Max(frame.Flops / limits.GFlops, frame.Bytes / limits.GBPerSecond) * 1e-6 : 0;

    /// <summary>A span that is open.</summary>
    internal struct Frame
    {
        internal ProfileKind Kind;
        internal string Name, Direction;
        internal string? Shape, Path;
        internal long Start, Inside;
        internal double Flops, Bytes;
        internal bool IsBackward;
        internal DeviceWork? Device;
    }

    /// <summary>A pause that ends with its disposal.</summary>
    internal readonly ref struct Suspension
    {
        private readonly Profile? _before;

        internal Suspension(Profile? before)
        {
            _before = before;
            s_current = null;
        }

        public void Dispose() => s_current = _before;
    }
}

/// <summary>Time on a device of what was handed over inside one span; the device answers before the span ends or long after.</summary>
internal sealed class DeviceWork
{
    private ProfileRow? _row;
    private double _ms;

    internal void Add(double ms)
    {
        if (_row is null) _ms += ms;
        else _row.DeviceMs += ms;
    }

    internal void Settle(ProfileRow row)
    {
        _row = row;
        row.DeviceMs += _ms;
    }
}

/// <summary>What a span of a profile is.</summary>
internal enum ProfileKind
{
    /// <summary>A stage of a run.</summary>
    Phase,
    /// <summary>Work that is no operator.</summary>
    Work,
    /// <summary>A layer of a model.</summary>
    Layer,
    /// <summary>An operator, forward or backward.</summary>
    Operator,
    /// <summary>A product of matrices inside one.</summary>
    Product,
}

/// <summary>A span that ends with its disposal; empty where nobody profiles.</summary>
internal readonly ref struct ProfileSpan(Profile? profile, int depth)
{
    public void Dispose() => profile?.Close(depth);
}

/// <summary>What a profile tells of an application of an operator.</summary>
/// <param name="Name">As in the operator table.</param>
/// <param name="Shape">Of its inputs and outputs.</param>
/// <param name="Path">The weight or the layer, or null.</param>
/// <param name="Cost">What it must at least do.</param>
internal sealed record OpNote(string Name, string Shape, string? Path, OpCost Cost);
