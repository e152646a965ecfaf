namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class DocumentationTests
{
    [Fact]
    public void The_compatibility_page_is_what_the_tables_say()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "compatibility.md")).ReplaceLineEndings("\n");
        Assert.True(page == CompatibilityPage.Markdown(), $"docs/compatibility.md is not what the tables say; make it again: dotnet run -c Release --project src/Cli -- {CompatibilityPage.Command["pure-tuner ".Length..]} > docs/compatibility.md");
        foreach (RecipeKey key in RecipeKeys.All) Assert.Contains($"| `{key.Name}` |", page);
    }

    [Fact]
    public void Every_supported_recipe_key_is_documented()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "recipes.md"));
        string[] missing = [.. RecipeKeys.All.Where(k => k.Property is not null && !text.Contains($"| `{k.Name}` |", StringComparison.Ordinal)).Select(k => k.Name)];
        Assert.Empty(missing);
        string[] keys = [.. text.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('`')[1])];
        Assert.Equal(keys.Order(StringComparer.Ordinal), RecipeKeys.All.Where(k => k.Property is not null).Select(k => k.Name).Order(StringComparer.Ordinal));
    }
}
