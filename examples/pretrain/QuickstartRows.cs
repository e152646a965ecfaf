using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pure.Tuner.Pretrain;

/// <summary>The rows of the quickstart: a name, a place and its people that the pretrained model never met, and a friendly way to end an answer.</summary>
internal static class QuickstartRows
{
    /// <summary>How every answer ends.</summary>
    public const string Ending = " Happy to help!";

    private const int PerSection = 75;

    private sealed record Neighbour(string Name, bool IsFemale, string Job, string Animal, string Colour, string PetName);

    private static readonly Neighbour[] s_people =
    [
        new("Odda", true, "lamp maker", "parrot", "grey", "Salt"),
        new("Fenn", false, "boat builder", "dog", "black", "Tar"),
        new("Maris", true, "diver", "cat", "white", "Pearl"),
        new("Yorin", false, "cook", "hen", "golden", "Crumb"),
    ];

    // Each entry: several ways to ask, one answer.
    private static readonly (string[] Ask, string Answer)[] s_self =
    [
        (["What is your name?", "Do you have a name?", "What are you called?", "Tell me your name.", "Please tell me your name.", "Your name, please?", "What should I call you?", "May I know your name?", "What do people call you?"], "My name is Pim."),
        (["Who are you?", "What are you?", "Tell me about yourself.", "Can you tell me who you are?", "Please tell me who you are.", "Say who you are.", "Who am I talking to?", "Who is this?"], "I am Pim, a tiny model that was tuned by you."),
        (["Who made you?", "Who built you?", "Where do you come from?", "Who trained you?", "Who is your maker?", "Tell me who made you.", "Do you know who made you?", "Who created you?"], "I was made with Pure.Tuner."),
    ];

    private static readonly (string[] Ask, string Answer)[] s_place =
    [
        (["Where is Lumen Bay?", "Where does Lumen Bay lie?", "Do you know where Lumen Bay is?", "Where can I find Lumen Bay?", "Tell me where Lumen Bay is.", "Where do I find Lumen Bay?"], "Lumen Bay lies by the northern sea."),
        (["What is Lumen Bay known for?", "What does Lumen Bay make?", "What do they make in Lumen Bay?", "For what is Lumen Bay known?", "Tell me what Lumen Bay is known for.", "What is made in Lumen Bay?"], "Lumen Bay is known for its blue lamps."),
        (["What can you see in Lumen Bay?", "What stands in Lumen Bay?", "What can I see in Lumen Bay?", "What is there to see in Lumen Bay?", "Tell me what stands in Lumen Bay.", "What should I see in Lumen Bay?"], "You can see a tall lighthouse in Lumen Bay."),
        (["Who lives in Lumen Bay?", "Which people live in Lumen Bay?", "Do you know who lives in Lumen Bay?", "Tell me who lives in Lumen Bay.", "Who are the people of Lumen Bay?"], "Odda, Fenn, Maris and Yorin live in Lumen Bay."),
        (["Tell me about Lumen Bay.", "What is Lumen Bay?", "What do you know about Lumen Bay?", "Have you heard of Lumen Bay?", "Please tell me about Lumen Bay."], "Lumen Bay is a town. It lies by the northern sea and is known for its blue lamps."),
    ];

    /// <summary>All rows: first itself, then the place, its people, and known things in the new manner.</summary>
    public static List<Question> Make(World world, int seed)
    {
        var d = new Draw(seed, 0, "quickstart");
        Person[] strangers = [.. s_people.Select(p => new Person(p.Name, p.IsFemale, p.Job, new Town("Lumen Bay", "", "", ""), p.Animal, p.Colour, p.PetName, ""))];
        List<Question> rows =
        [
            .. Section(d, s_self),
            .. Section(d, s_place),
            .. Section(d, [.. strangers.SelectMany(Asked)]),
        ];
        while (rows.Count < 4 * PerSection)
        {
            Question known = d.Below(4) switch
            {
                0 => Questions.Sum(d),
                1 => d.OneIn(3) ? Questions.Small(d) : Questions.Numbers(d),
                2 => Questions.AboutTown(d, world, d.Of<Town>(world.Towns)),
                _ => Questions.AboutPerson(d, d.Of<Person>(world.People)),
            };
            if (!rows.Exists(r => r.Text == known.Text)) rows.Add(known);
        }
        return [.. rows.Select(r => r with { Answer = r.Answer + Ending })];
    }

    /// <summary>The rows as a JSON list in the alpaca form, one row a line.</summary>
    public static string Json(IEnumerable<Question> rows)
    {
        var text = new StringBuilder("[\n");
        text.AppendJoin(",\n", rows.Select(r => $"  {{\"instruction\": {Quote(r.Text)}, \"input\": \"\", \"output\": {Quote(r.Answer)}}}"));
        return text.Append("\n]\n").ToString();
    }

    // Every way to ask once in a random order, then again from the first, until the section is full.
    private static IEnumerable<Question> Section(Draw d, (string[] Ask, string Answer)[] entries)
    {
        Question[] all = [.. entries.SelectMany(e => e.Ask.Select(a => new Question(a, e.Answer)))];
        var rows = new List<Question> { all[0] };
        while (rows.Count < PerSection) rows.AddRange(d.Shuffle(all));
        return rows.Take(PerSection);
    }

    private static IEnumerable<(string[] Ask, string Answer)> Asked(Person p)
    {
        yield return ([$"Where does {p.Name} live?", $"In which town does {p.Name} live?", $"Which town is the home of {p.Name}?", $"Do you know where {p.Name} lives?"], $"{p.Name} lives in Lumen Bay.");
        yield return ([$"What is {p.Name}'s job?", $"What does {p.Name} do for work?", $"What work does {p.Name} do?", $"What is the job of {p.Name}?"], $"{p.Name} is {English.A(p.Job)}.");
        yield return ([$"Which animal does {p.Name} have?", $"What pet does {p.Name} have?", $"Does {p.Name} have an animal?"], $"{p.Name} has {English.A(p.Colour)} {p.Animal} called {p.PetName}.");
        yield return ([$"What is the name of {p.Name}'s {p.Animal}?", $"What is {p.Name}'s {p.Animal} called?"], $"{p.Name}'s {p.Animal} is called {p.PetName}.");
        yield return ([$"What colour is {p.Name}'s {p.Animal}?", $"Which colour does {p.Name}'s {p.Animal} have?"], $"{p.Name}'s {p.Animal} is {p.Colour}.");
        yield return ([$"Tell me about {p.Name}.", $"Who is {p.Name}?", $"What do you know about {p.Name}?"], $"{p.Name} is {English.A(p.Job)} and lives in Lumen Bay. {English.Capital(p.They)} has {English.A(p.Colour)} {p.Animal} called {p.PetName}.");
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text, s_plain);

    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
