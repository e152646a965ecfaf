namespace Pure.Tuner.Pretrain;

/// <summary>Short stories whose people keep their homes, jobs and animals.</summary>
internal static class Stories
{
    public static string Write(Draw d, World w, Person p)
    {
        Person friend = d.OtherThan<Person>(p, w.People);
        Town far = d.OtherThan<Town>(p.Town, w.Towns);
        string n = p.Name, f = friend.Name, they = p.They, their = p.Their, They = English.Capital(p.They);
        int a = d.Between(2, 9), b = d.Between(1, 9);
        string start = d.Of(
            $"One {d.Of("sunny", "rainy", "windy", "cold", "warm")} morning, {n} the {p.Job} walked through {p.Town.Name} with {their} {p.Animal} {p.PetName}.",
            $"On a {d.Of("quiet", "busy", "bright", "foggy")} day in {p.Town.Name}, {n} was looking for {their} {p.Animal} {p.PetName}.",
            $"{n} lived in {p.Town.Name} and worked as {English.A(p.Job)}. Every day {they} fed {their} {p.Colour} {p.Animal} {p.PetName}.",
            $"Once upon a time, {n} the {p.Job} wanted to see {far.Name}, the town that is known for its {far.Product}.");
        string middle = d.Of(
            $"{They} met {f} the {friend.Job}, who came from {friend.Town.Name}. \"{d.Of("Good morning", "Hello", "How nice to see you")}, {n}!\" said {f}. \"Would you like some {p.Food}?\"",
            $"{They} found {a} {p.Food} in a basket and {b} more under a tree. Now {they} had {a + b} {p.Food}.",
            $"Then it began to rain, and {n} went to the house of {f}. {f} had {English.A(friend.Colour)} {friend.Animal} called {friend.PetName}. {p.PetName} and {friend.PetName} played together.",
            $"{They} came to {far.Name}, which lies {far.Place}, and saw {far.Sight}. \"How beautiful!\" said {n}.");
        string end = d.Of(
            $"In the evening {n} went home to {p.Town.Name} and was happy.",
            $"{n} thanked {f}, and they stayed good friends.",
            $"{n} and {p.PetName} walked home and slept well.",
            $"At home {n} ate {p.Food}, and {p.PetName} the {p.Animal} slept by the fire.");
        return $"{start} {middle} {end}";
    }
}
