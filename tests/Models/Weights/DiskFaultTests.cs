namespace Pure.Tuner.Tests;

[Trait("Category", "Fault")]
public sealed class DiskFaultTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("disk").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        string path = Path.Combine(_root, "model.safetensors");
        File.WriteAllText(path, "old");
        var writer = new SafetensorsWriter();
        writer.Add("w", DType.F32, [4], stream =>
        {
            stream.Write(new byte[8]);
            throw new IOException("No space left on device : '/somewhere/.hidden.tmp'");
        });
        string message = Assert.Throws<IOException>(() => writer.Save(path)).Message;
        Assert.Equal($"{path}: cannot be written (No space left on device); what was there before stays: free room or name another place", message);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_root));
    }
}
