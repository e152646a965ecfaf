using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>All calls of one operator in one direction, or of one product.</summary>
/// <param name="name">The operator, or a product's shape.</param>
/// <param name="direction">forward, backward, recomputed; empty for other work; for a product what its weights are stored in.</param>
internal sealed class ProfileRow(string name, string direction)
{
    public string Name => name;
    public string Direction => direction;
    public long Calls { get; internal set; }

    /// <summary>Its own time: without that of rows inside.</summary>
    public double Ms { get; internal set; }

    /// <summary>Time on a device of what it handed over; 0 where the device keeps none.</summary>
    public double DeviceMs { get; internal set; }

    public double Flops { get; internal set; }
    public double Bytes { get; internal set; }

    /// <summary>The time that its arithmetic alone takes at the machine's peak, and its bytes alone.</summary>
    internal double FlopsMs, BytesMs;

    /// <summary>The least time that the machine could do it in, call by call; 0 where its limits are not known.</summary>
    internal double LimitMs;

    /// <summary>Share of what the machine can do, in arithmetic or in memory, whichever limits; null where that is not known. Above 1 where operands stay in a cache.</summary>
    public double? ShareOfLimit => LimitMs > 0 && Ms > 0 ? LimitMs / Ms : null;

    /// <summary>Whether arithmetic, not memory, is its limit.</summary>
    public bool IsArithmetic => FlopsMs > BytesMs;
}

/// <summary>What a profile adds up to.</summary>
/// <param name="TotalMs">The whole, measuring the machine left out.</param>
/// <param name="Rows">Operators and other work.</param>
/// <param name="Products">Products of matrices by shape: parts of the rows, not beside them.</param>
/// <param name="Events">Spans in the trace.</param>
/// <param name="Fault">Why the trace is not complete, or null.</param>
internal sealed record ProfileTable(double TotalMs, IReadOnlyList<ProfileRow> Rows, IReadOnlyList<ProfileRow> Products, long Events, IOException? Fault = null)
{
    /// <summary>What a device ran, by the device's names and clock; empty where it keeps no times.</summary>
    public IReadOnlyList<ProfileRow> Device { get; init; } = [];

    /// <summary>What the device's memory came to, or null.</summary>
    public string? DeviceMemory { get; init; }

    /// <summary>Why the device's times are not complete, or null.</summary>
    public string? DeviceFault { get; init; }

    /// <summary>Time that no row covers: the framework, and what is not an operator.</summary>
    public double RestMs => TotalMs - Rows.Sum(r => r.Ms);

    /// <summary>The largest rows, the rest and the whole; then the largest products.</summary>
    /// <param name="most">Rows that are shown; the others stand as one.</param>
    /// <param name="mostProducts">Products that are shown.</param>
    public string ToText(int most = 20, int mostProducts = 8)
    {
        var text = new StringBuilder();
        bool onDevice = Device.Count > 0;
        void Line(string name, string direction, string calls, double? ms, string rate, string limit, string device = "") => text.Append(string.Create(CultureInfo.InvariantCulture,
            $"{name,-28} {direction,-10} {calls,8} {(ms is { } m ? $"{m:F1}" : "ms"),11} {(ms is { } s ? Percent(s / Math.Max(1e-9, TotalMs)) : "share"),8}{(onDevice ? $" {device,10}" : "")} {rate,15} {limit,9}").TrimEnd()).Append('\n');
        void Row(ProfileRow r) => Line(r.Name, r.Direction, r.Calls.ToString(CultureInfo.InvariantCulture), r.Ms, Rate(r), r.ShareOfLimit is { } share ? Percent(share) : "", r.DeviceMs > 0 ? Ms(r.DeviceMs) : "");

        Line("operator", "", "calls", null, "", "of limit", "on card ms");
        ProfileRow[] rows = [.. Rows.OrderByDescending(r => r.Ms)];
        foreach (ProfileRow row in rows.Take(most)) Row(row);
        if (rows.Length > most) Line($"{rows.Length - most} more", "", rows.Skip(most).Sum(r => r.Calls).ToString(CultureInfo.InvariantCulture), rows.Skip(most).Sum(r => r.Ms), "", "");
        Line("rest", "", "", RestMs, "", "");
        Line("total", "", "", TotalMs, "", "", Ms(Device.Sum(r => r.Ms)));
        if (onDevice) AppendDevice(text, most);
        if (DeviceFault is not null) text.Append(DeviceFault).Append('\n');
        if (Products.Count == 0) return text.ToString();
        text.Append('\n');
        Line("products inside", "weights", "calls", null, "", "of limit");
        foreach (ProfileRow row in Products.OrderByDescending(r => r.Ms).Take(mostProducts)) Row(row);
        return text.ToString();
    }

    /// <summary>What the device ran, and its memory.</summary>
    private void AppendDevice(StringBuilder text, int most)
    {
        double all = Device.Sum(r => r.Ms);
        void Line(string name, long calls, double ms) => text.Append(string.Create(CultureInfo.InvariantCulture, $"{name,-39} {calls,8} {ms,11:F1} {Percent(ms / Math.Max(1e-9, all)),8}")).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"\n{"on the card",-39} {"calls",8} {"ms",11} {"share",8}\n");
        ProfileRow[] rows = [.. Device.OrderByDescending(r => r.Ms)];
        foreach (ProfileRow row in rows.Take(most)) Line(row.Name, row.Calls, row.Ms);
        if (rows.Length > most) Line($"{rows.Length - most} more", rows.Skip(most).Sum(r => r.Calls), rows.Skip(most).Sum(r => r.Ms));
        Line("total", rows.Sum(r => r.Calls), all);
        if (DeviceMemory is not null) text.Append(DeviceMemory).Append('\n');
    }

    private static string Ms(double ms) => ms.ToString("F1", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (share * 100).ToString("F1", CultureInfo.InvariantCulture) + " %";

    private static string Rate(ProfileRow r) => r.Ms <= 0 || r is { Flops: 0, Bytes: 0 } ? ""
        : r.IsArithmetic || r.Bytes == 0 ? (r.Flops / r.Ms * 1e-6).ToString("F1", CultureInfo.InvariantCulture) + " GFLOP/s"
        : (r.Bytes / r.Ms * 1e-6).ToString("F1", CultureInfo.InvariantCulture) + " GB/s";
}
