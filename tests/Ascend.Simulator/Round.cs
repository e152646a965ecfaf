namespace Pure.Tuner.Ascend.Simulator;

internal static class Round
{
    public static long Up(long value, long step) => checked((value + step - 1) / step * step);

    /// <summary>What a workspace takes: whole steps of 512 stay, anything else is a temporary, which gets 32 bytes more and is rounded up.</summary>
    public static long Workspace(long bytes) => bytes % 512 == 0 ? bytes : Up(bytes + 32, 512);
}
