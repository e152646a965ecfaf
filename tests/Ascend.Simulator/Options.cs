using System.Globalization;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>What is imitated. Each value has its environment variable, read by aclInit.</summary>
public sealed record SimulatorOptions
{
    /// <summary>ASCEND_SIM_SOC: the card.</summary>
    public string Soc { get; init; } = "Ascend910B2";

    /// <summary>ASCEND_SIM_CANN: 8.1 or 9.0; decides which symbols exist.</summary>
    public string Cann { get; init; } = "8.1";

    /// <summary>ASCEND_SIM_DEVICES.</summary>
    public int Devices { get; init; } = 1;

    /// <summary>ASCEND_RT_VISIBLE_DEVICES, the vendor's own: which devices this process sees; null: all of them.</summary>
    public string? VisibleDevices { get; init; }

    /// <summary>Devices that this process sees. Numbers ascend, without spaces between them; reading stops at the first that is wrong.</summary>
    internal int SeenDevices
    {
        get
        {
            if (VisibleDevices is null) return Devices;
            int last = -1, seen = 0;
            foreach (string item in VisibleDevices.Split(','))
            {
                if (!int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out int device) || device <= last || device >= Devices) break;
                last = device;
                seen++;
            }
            return seen;
        }
    }

    /// <summary>ASCEND_SIM_MEMORY: bytes of each device.</summary>
    public long MemoryBytes { get; init; } = 4L << 30;

    /// <summary>ASCEND_SIM_LATENCY_US: what each launch costs on its stream.</summary>
    public double LatencyUs { get; init; }

    /// <summary>ASCEND_SIM_FAULT: faults to inject, as <see cref="Faults"/> reads them.</summary>
    public string Fault { get; init; } = "";

    /// <summary>ASCEND_SIM_EAGER=1: a stream works as soon as something is queued. Without it a stream begins when somebody waits for it, so that a caller who does not wait is caught every time.</summary>
    public bool Eager { get; init; }

    /// <summary>ASCEND_SIM_REPORT=1: what was not given back is printed to stderr by aclFinalize.</summary>
    public bool Report { get; init; }

    /// <summary>Reads the variables.</summary>
    public static SimulatorOptions FromEnvironment()
    {
        var defaults = new SimulatorOptions();
        return new()
        {
            Soc = Value("SOC") ?? defaults.Soc,
            Cann = Value("CANN") ?? defaults.Cann,
            Devices = (int)Number("DEVICES", defaults.Devices),
            VisibleDevices = Environment.GetEnvironmentVariable("ASCEND_RT_VISIBLE_DEVICES") is { Length: > 0 } visible ? visible : null,
            MemoryBytes = (long)Number("MEMORY", defaults.MemoryBytes),
            LatencyUs = Number("LATENCY_US", 0),
            Fault = Value("FAULT") ?? "",
            Eager = Value("EAGER") == "1",
            Report = Value("REPORT") == "1",
        };
    }

    private static string? Value(string name) => Environment.GetEnvironmentVariable("ASCEND_SIM_" + name) is { Length: > 0 } value ? value : null;

    private static double Number(string name, double otherwise)
    {
        if (Value(name) is not { } text) return otherwise;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= 0) return number;
        throw new AclException(Code.InvalidArgument, "", $"ASCEND_SIM_{name}: a number was expected, found {text}");
    }
}
