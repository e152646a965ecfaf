namespace Pure.Tuner;

/// <summary>Switches of the environment, on as LLaMA-Factory understands it.</summary>
internal static class EnvironmentSwitches
{
    internal static bool IsOn(string name) => IsYes(Environment.GetEnvironmentVariable(name));

    internal static bool IsYes(string? value) => value?.ToLowerInvariant() is "true" or "y" or "1";
}
