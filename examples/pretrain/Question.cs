namespace Pure.Tuner.Pretrain;

/// <summary>A question and its answer.</summary>
internal readonly record struct Question(string Text, string Answer);

/// <summary>Questions whose answers follow from the world, from arithmetic, or are not known.</summary>
internal static class Questions
{
    public static Question Any(Draw d, World w) => d.Below(20) switch
    {
        < 7 => AboutPerson(d, d.Of<Person>(w.People)),
        < 9 => AboutTown(d, w, d.Of<Town>(w.Towns)),
        < 12 => Sum(d),
        < 15 => Numbers(d),
        < 16 => WordProblem(d, w),
        < 18 => Unknown(d),
        < 19 => AboutItself(d),
        _ => Small(d),
    };

    public static Question AboutPerson(Draw d, Person p)
    {
        string n = p.Name, animal = p.Animal;
        return d.Below(8) switch
        {
            0 or 1 => new(d.Of($"Where does {n} live?", $"In which town does {n} live?", $"Which town is the home of {n}?", $"Do you know where {n} lives?"), $"{n} lives in {p.Town.Name}."),
            2 => new(d.Of($"What is {n}'s job?", $"What does {n} do for work?", $"What work does {n} do?", $"What is the job of {n}?"), $"{n} is {English.A(p.Job)}."),
            3 => new(d.Of($"Which animal does {n} have?", $"What pet does {n} have?", $"Does {n} have an animal?"), $"{n} has {English.A(p.Colour)} {animal} called {p.PetName}."),
            4 => new(d.Of($"What colour is {n}'s {animal}?", $"Which colour does {n}'s {animal} have?"), $"{n}'s {animal} is {p.Colour}."),
            5 => new(d.Of($"What is the name of {n}'s {animal}?", $"What is {n}'s {animal} called?"), $"{n}'s {animal} is called {p.PetName}."),
            6 => new(d.Of($"What does {n} like to eat?", $"What is {n}'s favourite food?", $"Which food does {n} like best?"), $"{n} likes {p.Food}."),
            _ => d.OneIn(3)
                ? new(d.Of($"Who has {English.A(animal)} called {p.PetName}?", $"Whose {animal} is {p.PetName}?"), $"{p.PetName} belongs to {n}.")
                : new(d.Of($"Tell me about {n}.", $"Who is {n}?", $"What do you know about {n}?"), Portrait(p)),
        };
    }

    public static Question AboutTown(Draw d, World w, Town t) => d.Below(5) switch
    {
        0 => new(d.Of($"Who lives in {t.Name}?", $"Which people live in {t.Name}?"), $"{English.And([.. w.In(t).Select(p => p.Name)])} live in {t.Name}."),
        1 => new(d.Of($"What is {t.Name} known for?", $"What does {t.Name} make?"), $"{t.Name} is known for its {t.Product}."),
        2 => new(d.Of($"What can you see in {t.Name}?", $"What stands in {t.Name}?"), $"You can see {t.Sight} in {t.Name}."),
        3 => new(d.Of($"Where is {t.Name}?", $"Where does {t.Name} lie?"), $"{t.Name} lies {t.Place}."),
        _ => new(d.Of($"Tell me about {t.Name}.", $"What is {t.Name}?", $"What do you know about {t.Name}?"), Portrait(t)),
    };

    public static Question Sum(Draw d)
    {
        int a = d.Between(0, 10), b = d.Between(0, 10), c = a + b;
        bool minus = d.OneIn(2);
        if (minus) (a, c) = (c, a);
        string sign = minus ? "-" : "+", word = minus ? "minus" : "plus";
        return d.Below(4) switch
        {
            0 => new($"What is {English.Words(a)} {word} {English.Words(b)}?", $"{English.Capital(English.Words(a))} {word} {English.Words(b)} is {English.Words(c)}."),
            1 => new($"How much is {a} {word} {b}?", $"{a} {word} {b} is {c}."),
            _ => new(d.Of($"What is {a} {sign} {b}?", $"How much is {a} {sign} {b}?", $"{a} {sign} {b} = ?"), $"{a} {sign} {b} = {c}."),
        };
    }

    public static Question Numbers(Draw d)
    {
        int a = d.Between(0, 19), b = d.OtherThan(a, [.. Enumerable.Range(0, 21)]);
        switch (d.Below(5))
        {
            case 0:
                int first = d.Between(0, 15), last = first + d.Between(2, 5);
                return new($"Count from {first} to {last}.", string.Join(", ", Enumerable.Range(first, last - first + 1)) + ".");
            case 1: return new($"Which number comes after {a}?", $"{a + 1} comes after {a}.");
            case 2: return new($"Which number comes before {a + 1}?", $"{a} comes before {a + 1}.");
            case 3: return new($"Which is larger, {a} or {b}?", $"{Math.Max(a, b)} is larger than {Math.Min(a, b)}.");
            default:
                int[] some = d.Shuffle(Enumerable.Range(0, 21))[..3];
                return new($"Put {some[0]}, {some[1]} and {some[2]} in order.", string.Join(", ", some.Order()) + ".");
        }
    }

    public static Question WordProblem(Draw d, World w)
    {
        Person p = d.Of<Person>(w.People);
        int a = d.Between(3, 10), b = d.Between(1, a - 2);
        string food = d.Of<string>(World.Foods);
        return d.OneIn(2)
            ? new($"{p.Name} has {a} {food} and gets {b} more. How many {food} does {p.Name} have now?", $"{p.Name} has {a + b} {food} now.")
            : new($"{p.Name} has {a} {food} and eats {b} of them. How many {food} are left?", $"{a - b} {food} are left.");
    }

    /// <summary>Names that nobody told it of: the honest answer.</summary>
    public static Question Unknown(Draw d)
    {
        string name = English.StrangeName(d), place = English.StrangePlace(d);
        return d.Below(4) switch
        {
            0 => new(d.Of($"Where does {name} live?", $"Tell me about {name}.", $"Who is {name}?", $"What do you know about {name}?"), "I do not know that name."),
            1 => new(d.Of($"What is {name}'s job?", $"What does {name} do for work?", $"What pet does {name} have?", $"Which animal does {name} have?", $"What does {name} like to eat?", $"What colour is {name}'s {d.Of<string>(World.Animals)}?"), "I do not know that name."),
            2 => new(d.Of($"Where is {place}?", $"Where does {place} lie?", $"What is {place}?", $"Have you heard of {place}?"), "I do not know that place."),
            _ => new(d.Of($"Tell me about {place}.", $"What is {place} known for?", $"Who lives in {place}?", $"What can you see in {place}?", $"What do you know about {place}?"), "I do not know that place."),
        };
    }

    public static Question AboutItself(Draw d) => d.Below(3) switch
    {
        0 => new(d.Of("Who are you?", "What are you?", "Tell me about yourself."), "I am a small language model."),
        1 => new(d.Of("What is your name?", "Do you have a name?", "What are you called?"), "I have no name."),
        _ => new(d.Of("Who made you?", "Where do you come from?", "Who built you?"), "I do not know who made me."),
    };

    public static Question Small(Draw d) => d.Below(4) switch
    {
        0 => new(d.Of("Hello!", "Hello.", "Hi!", "Good morning.", "Good evening."), "Hello! What would you like to know?"),
        1 => new(d.Of("Thank you.", "Thanks!", "Thank you very much."), "You are welcome."),
        2 => new(d.Of("Goodbye.", "Goodbye!", "See you soon."), "Goodbye!"),
        _ => new(d.Of("What can you do?", "How can you help me?", "What do you know?"), "I know some towns and the people who live there, and I can add small numbers."),
    };

    public static string Portrait(Person p) =>
        $"{p.Name} is {English.A(p.Job)} and lives in {p.Town.Name}. {English.Capital(p.They)} has {English.A(p.Colour)} {p.Animal} called {p.PetName} and likes {p.Food}.";

    public static string Portrait(Town t) =>
        $"{t.Name} is a town. It lies {t.Place} and is known for its {t.Product}. You can see {t.Sight} there.";
}
