namespace Pure.Tuner.Tests;

/// <summary>Where the repository and the optional material beside it are.</summary>
public static class Repository
{
    /// <summary>The folder that holds Pure.Tuner.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The golden cases: GOLDEN_ROOT, else ../shared/golden beside the repository; the folder may be missing.</summary>
    public static string GoldenRoot { get; } = Environment.GetEnvironmentVariable("GOLDEN_ROOT") is { Length: > 0 } root
        ? Path.GetFullPath(root, Root)
        : Path.GetFullPath(Path.Combine(Root, "..", "shared", "golden"));

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Pure.Tuner.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"no Pure.Tuner.sln above {AppContext.BaseDirectory}");
    }
}
