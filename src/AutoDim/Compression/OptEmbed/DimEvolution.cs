using AutoDim.Numerics;

namespace AutoDim.Compression.OptEmbed;

/// <summary>
/// OptEmbed's second stage (Lyu et al., CIKM 2022, algorithm 2): dimensions of fields by evolution. In each of thirty generations the ten best have ten mutants, in which each
/// field's dimension is drawn anew with a chance of a tenth, and ten children, each of whose dimensions is one or the other parent's.
/// </summary>
/// <param name="largest">Largest dimension of each field; the least is 1.</param>
/// <param name="fitness">Of dimensions, the more the better; null where they are not allowed.</param>
/// <param name="measured">Told after every generation how many are done, of how many.</param>
internal sealed class DimEvolution(IReadOnlyList<int> largest, Func<int[], double?> fitness, CounterRandom random, Action<int, int> measured)
{
    public const int Generations = 30;

    private const int Parents = 10, Mutants = 10, Children = 10;

    /// <summary>Attempts at one that is new and allowed.</summary>
    private const int Attempts = 20;

    private const double MutationChance = 0.1;

    private readonly HashSet<string> known = [];
    private List<(int[] Dims, double Fitness)> population = [];
    private long draws;

    /// <summary>The best dimensions found; null where none are allowed.</summary>
    public int[]? Best(CancellationToken cancellation)
    {
        // Each of the first has a limit of its own, so that small models are among them whatever the number of fields.
        Breed(Parents + Mutants, () =>
        {
            var limit = 1 + Below(largest.Max());
            return [.. largest.Select(most => 1 + Below(Math.Min(most, limit)))];
        });
        for (var generation = 1; generation <= Generations && population.Count > 0; generation++)
        {
            cancellation.ThrowIfCancellationRequested();
            population = [.. population.OrderByDescending(member => member.Fitness).Take(Parents)];
            var parents = population.ToArray();
            int[] Parent() => parents[Below(parents.Length)].Dims;
            Breed(Mutants, () => [.. Parent().Select((dim, m) => random.Uniform(draws++) < MutationChance ? 1 + Below(largest[m]) : dim)]);
            Breed(Children, () => [.. Parent().Zip(Parent(), (mother, father) => Below(2) == 0 ? mother : father)]);
            measured(generation, Generations);
        }

        return population.Count == 0 ? null : population.MaxBy(member => member.Fitness).Dims;
    }

    private int Below(int bound) => (int)random.Below(draws++, bound);

    private void Breed(int count, Func<int[]> make)
    {
        for (var (born, attempt) = (0, 0); born < count && attempt < count * Attempts; attempt++)
        {
            var dims = make();
            if (!known.Add(string.Join(' ', dims)) || fitness(dims) is not { } value) continue;
            population.Add((dims, value));
            born++;
        }
    }
}
