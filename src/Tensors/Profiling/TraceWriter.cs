using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Writes spans as a trace in Chrome's format, one after another, so that memory does not grow with their number.</summary>
/// <remarks>Opened by ui.perfetto.dev, chrome://tracing and speedscope. The format: "Trace Event Format", Google, complete events.</remarks>
internal sealed class TraceWriter
{
    private const int Process = 1, PhaseRow = 1, OperatorRow = 2, DeviceRow = 3;
    private const int Pending = 1 << 16;

    private readonly Utf8JsonWriter _json;
    private bool _hasDevice;

    public TraceWriter(Stream stream)
    {
        _json = new Utf8JsonWriter(stream);
        _json.WriteStartObject();
        _json.WriteString("displayTimeUnit", "ms");
        _json.WriteStartArray("traceEvents");
        Name("process_name", 0, "pure-tuner");
        Name("thread_name", PhaseRow, "phases");
        Name("thread_name", OperatorRow, "operators");
    }

    /// <summary>Spans written.</summary>
    public long Events { get; private set; }

    /// <summary>Why nothing is written any more, such as a full disk; what is profiled goes on.</summary>
    public IOException? Fault { get; private set; }

    /// <summary>One complete event.</summary>
    /// <param name="frame">What it was.</param>
    /// <param name="startNs">Since the profile began.</param>
    /// <param name="ns">How long it took.</param>
    /// <param name="phase">The phase that it was in, or null.</param>
    /// <param name="limits">What the machine can do, or null.</param>
    public void Span(in Profile.Frame frame, long startNs, long ns, string? phase, IMachineLimits? limits)
    {
        Events++;
        if (Fault is not null) return;
        bool isPhase = frame.Kind is ProfileKind.Phase or ProfileKind.Work;
        _json.WriteStartObject();
        _json.WriteString("name", frame is { Kind: ProfileKind.Operator, IsBackward: true } ? frame.Name + " backward" : frame.Name);
        _json.WriteString("cat", frame.Kind switch { ProfileKind.Operator => "operator", ProfileKind.Product => "product", ProfileKind.Layer => "layer", ProfileKind.Work => "work", _ => "phase" });
        _json.WriteString("ph", "X");
        _json.WriteNumber("pid", Process);
        _json.WriteNumber("tid", isPhase ? PhaseRow : OperatorRow);
        _json.WriteNumber("ts", startNs / 1000m);
        _json.WriteNumber("dur", ns / 1000m);
        if (!isPhase && frame.Kind != ProfileKind.Layer)
        {
            _json.WriteStartObject("args");
            if (frame.Direction.Length > 0) _json.WriteString(frame.Kind == ProfileKind.Product ? "weights" : "direction", frame.Direction);
            if (phase is not null) _json.WriteString("phase", phase);
            if (frame.Path is { } path) _json.WriteString("path", path);
            if (frame.Shape is { } shape) _json.WriteString("shape", shape);
            _json.WriteNumber("flops", frame.Flops);
            _json.WriteNumber("bytes", frame.Bytes);
            _json.WriteNumber("gflops", ns == 0 ? 0 : Math.Round(frame.Flops / ns, 3));
            _json.WriteNumber("gBPerSecond", ns == 0 ? 0 : Math.Round(frame.Bytes / ns, 3));
            if (Profile.LimitMs(frame, limits) is > 0 and var least && ns > 0) _json.WriteNumber("shareOfLimit", Math.Round(least * 1e6 / ns, 4));
            _json.WriteEndObject();
        }
        _json.WriteEndObject();
        if (_json.BytesPending > Pending) Write(_json.Flush);
    }

    /// <summary>A piece of work of a device, in a row of its own.</summary>
    public void OnDevice(string name, long startNs, long ns)
    {
        Events++;
        if (Fault is not null) return;
        if (!_hasDevice) Name("thread_name", DeviceRow, "card");
        _hasDevice = true;
        _json.WriteStartObject();
        _json.WriteString("name", name);
        _json.WriteString("cat", "device");
        _json.WriteString("ph", "X");
        _json.WriteNumber("pid", Process);
        _json.WriteNumber("tid", DeviceRow);
        _json.WriteNumber("ts", startNs / 1000m);
        _json.WriteNumber("dur", ns / 1000m);
        _json.WriteEndObject();
        if (_json.BytesPending > Pending) Write(_json.Flush);
    }

    private void Write(Action flush)
    {
        try { flush(); }
        catch (IOException e) { Fault = e; }
    }

    /// <summary>Ends the text.</summary>
    public void Finish(IMachineLimits? limits)
    {
        if (Fault is not null) return;
        _json.WriteEndArray();
        if (limits is not null)
        {
            _json.WriteStartObject("otherData");
            _json.WriteNumber("machineGflops", Math.Round(limits.GFlops, 1));
            _json.WriteNumber("machineGBPerSecond", Math.Round(limits.GBPerSecond, 1));
            _json.WriteEndObject();
        }
        _json.WriteEndObject();
        Write(_json.Dispose);
    }

    private void Name(string what, int row, string name)
    {
        _json.WriteStartObject();
        _json.WriteString("name", what);
        _json.WriteString("ph", "M");
        _json.WriteNumber("pid", Process);
        _json.WriteNumber("tid", row);
        _json.WriteStartObject("args");
        _json.WriteString("name", name);
        _json.WriteEndObject();
        _json.WriteEndObject();
    }
}
