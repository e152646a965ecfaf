namespace Pure.Tuner.Pretrain;

/// <summary>Somebody of the invented world, with everything that is known of them.</summary>
internal sealed record Person(string Name, bool IsFemale, string Job, Town Town, string Animal, string Colour, string PetName, string Food)
{
    public string They => IsFemale ? "she" : "he";
    public string Their => IsFemale ? "her" : "his";
}

/// <summary>A town of the invented world.</summary>
internal sealed record Town(string Name, string Place, string Sight, string Product);

/// <summary>An invented world: a few towns, the people in them, their animals. Who lives where follows from the seed.</summary>
internal sealed class World
{
    public static string[] Colours { get; } = ["brown", "white", "black", "grey", "red", "yellow", "golden", "spotted"];
    public static string[] Animals { get; } = ["cat", "dog", "goat", "pony", "rabbit", "parrot", "duck", "hen", "donkey", "sheep"];
    public static string[] Foods { get; } = ["pears", "plums", "cherries", "nuts", "carrots", "apples", "berries", "pancakes"];
    private static readonly string[] s_jobs = ["baker", "gardener", "miller", "teacher", "doctor", "painter", "sailor", "shepherd", "carpenter", "tailor", "singer", "potter"];
    private static readonly string[] s_women = ["Mira", "Elsa", "Lina", "Nora", "Juna", "Wren", "Petra", "Ivy", "Clara", "Runa", "Greta", "Hana"];
    private static readonly string[] s_men = ["Tobin", "Oren", "Bram", "Felix", "Hugo", "Silas", "Milo", "Jonas", "Otto", "Theo", "Emil", "Rufus"];
    private static readonly string[] s_pets = ["Pip", "Bobo", "Tilly", "Max", "Daisy", "Biscuit", "Luna", "Rex", "Molly", "Button", "Coco", "Finn", "Rosie", "Toffee", "Sam", "Poppy", "Ginger", "Bella", "Moss", "Penny", "Nut", "Star", "Jojo", "Clover"];

    public World(int seed)
    {
        var draw = new Draw(seed, 0, "world");
        Towns =
        [
            new("Oakhaven", "in a deep forest", "an old mill", "honey"),
            new("Rivermoor", "by the river Sel", "a long bridge", "boats"),
            new("Stonebridge", "at the foot of a mountain", "a tall clock tower", "bells"),
            new("Windmere", "by a quiet lake", "a white windmill", "bread"),
            new("Applefield", "in a green valley", "a round barn", "cider"),
            new("Saltmarsh", "by the sea", "a small harbour", "salt"),
            new("Pinehill", "on top of a hill", "a wooden castle", "toys"),
            new("Foxhollow", "at the end of a narrow road", "a stone well", "wool"),
        ];
        string[] pets = draw.Shuffle(s_pets), jobs = draw.Shuffle([.. s_jobs, .. s_jobs]);
        Town[] homes = draw.Shuffle<Town>([.. Towns, .. Towns, .. Towns]);
        string[] names = [.. s_women, .. s_men];
        People = [.. names.Select((name, i) => new Person(name, i < s_women.Length, jobs[i], homes[i], draw.Of(Animals), draw.Of(Colours), pets[i], draw.Of(Foods)))];
    }

    public Town[] Towns { get; }
    public Person[] People { get; }

    /// <summary>Whether somebody of the world has the name.</summary>
    public static bool Knows(string name) => s_women.Contains(name) || s_men.Contains(name);

    public IEnumerable<Person> In(Town town) => People.Where(p => p.Town == town);
}
