namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class GenerationOptionsTests
{
    [Fact]
    public void Reads_a_generation_config()
    {
        GenerationOptions o = GenerationOptions.FromJson("""
            {"bos_token_id":1,"eos_token_id":[2,5],"pad_token_id":0,"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.95,"min_p":null,"max_new_tokens":7,
             "early_stopping":"never","bad_words_ids":[[3],[4,5]],"forced_eos_token_id":2,"stop_strings":"END","guidance_scale":1.0,"num_beam_groups":1,"transformers_version":"4.57.6"}
            """);
        Assert.Equal([2, 5], o.EosTokenIds);
        Assert.Equal((0, true, 0.6, 20, 0.95, 0.0, 7, EarlyStopping.Never), (o.PadTokenId, o.DoSample, o.Temperature, o.TopK, o.TopP, o.MinP, o.MaxNewTokens, o.EarlyStopping));
        Assert.Equal([[3], [4, 5]], o.BadWordsIds);
        Assert.Equal([2], o.ForcedEosTokenId);
        Assert.Equal(["END"], o.StopStrings);
        Assert.Equal(50, new GenerationOptions().TopK);
    }

    [Theory]
    [InlineData("[]", "g.json: an object is expected, like {\"max_new_tokens\": 64}")]
    [InlineData("""{"top_k":"many"}""", "g.json: 'top_k' is \"many\" where a whole number is expected")]
    [InlineData("""{"top_k":1.5}""", "g.json: 'top_k' is 1.5 where a whole number is expected")]
    [InlineData("""{"do_sample":1}""", "g.json: 'do_sample' is 1 where true or false is expected")]
    [InlineData("""{"eos_token_id":[1,"x"]}""", "g.json: 'eos_token_id' is [1,\"x\"] where a list of ids is expected")]
    [InlineData("""{"bad_words_ids":[3]}""", "g.json: 'bad_words_ids' is [3] where a list of lists of ids is expected")]
    [InlineData("""{"early_stopping":"later"}""", "g.json: 'early_stopping' is \"later\" where true, false or \"never\" is expected")]
    [InlineData("""{"guidance_scale":1.5}""", "g.json: 'guidance_scale: 1.5' is not supported; remove the key")]
    public void Refuses_in_a_sentence(string json, string message) =>
        Assert.Equal(message, Assert.Throws<CheckpointException>(() => GenerationOptions.FromJson(json, "g.json")).Message);

    [Fact]
    public void Reads_a_folder()
    {
        using var folder = new TestTokenizers.Folder();
        Assert.Empty(GenerationOptions.FromFolder(folder.Path).EosTokenIds);
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), """{"eos_token_id":3,"temperature":0.1}""");
        Assert.Equal([3], GenerationOptions.FromFolder(folder.Path).EosTokenIds);
        Assert.Equal(1, GenerationOptions.FromFolder(folder.Path).Temperature);
        File.WriteAllText(Path.Combine(folder.Path, "generation_config.json"), """{"eos_token_id":4}""");
        Assert.Equal([4], GenerationOptions.FromFolder(folder.Path).EosTokenIds);
    }
}
