using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Models;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Masks that plans name, as files in a run's folder: what a training keeps of rows that lose some of their numbers.</summary>
internal sealed class PlanMasks(RunFolder folder)
{
    /// <summary>The file of a mask.</summary>
    public string PathOf(long id) => folder.File(NameOf(id));

    /// <summary>Copies those that a plan names from the run folder that it comes from, where they are there and not here.</summary>
    /// <param name="planPath">The plan's file.</param>
    public void Take(EmbeddingPlan plan, string planPath)
    {
        foreach (var item in plan.Fields)
        {
            if (item.Form is not MaskedForm form || File.Exists(PathOf(form.Mask))) continue;
            var source = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(planPath))!, NameOf(form.Mask));
            if (!File.Exists(source)) continue;
            using var mask = RowMask.Load(source, item.Rows, item.Dim);
            mask.Save(PathOf(form.Mask));
        }
    }

    /// <summary>Lets a model of numbers keep what its plan's masks keep. A value's second vector, of its linear term, counts only where the first is not zero: it has the same mask.</summary>
    /// <exception cref="AutoDimException">A mask is not there, or of another table.</exception>
    public void Apply(CtrModel model, EmbeddingPlan plan)
    {
        foreach (var (m, item) in plan.Fields.Index())
        {
            if (item.Form is not MaskedForm form) continue;
            foreach (var table in model.TablesOf(m).Where(table => table.Dim == item.Dim && table.Dim > 1)) table.Keep(RowMask.Load(PathOf(form.Mask), item.Rows, item.Dim));
        }
    }

    private static string NameOf(long id) => Path.Combine("plans", $"mask-{id:x16}.bin");
}
