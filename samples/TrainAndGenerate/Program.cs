// dotnet run -- MODEL [OUTPUT]: teaches a model two answers, asks for one of them, and saves the adapter.
using Microsoft.Extensions.AI;

using var model = LanguageModel.Load(args[0]);
TrainingRow[] rows = [TrainingRow.Of("What colour is the sky?", "Blue."), TrainingRow.Of("What colour is grass?", "Green.")];
model.AddLora(new LoraOptions { Rank = 8 });
var progress = new Progress<TrainingProgress>(p => Console.Error.WriteLine($"step {p.Step} of {p.TotalSteps}: loss {p.Loss:F4}"));
await new SftTrainer(model, new SftOptions { LearningRate = 5e-3, GradientAccumulationSteps = 2, MaxSteps = 40 }).TrainAsync(rows, progress);
Console.WriteLine($"answer: {await model.AsChatClient().GetResponseAsync("What colour is grass?")}");
Console.WriteLine($"continuation: {model.Generate("What colour", new GenerationOptions { MaxNewTokens = 8 })}");
if (args.Length > 1) model.SaveAdapter(args[1]);
