using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Told what a run does; the command line shows it, tests listen.</summary>
internal class RunObserver
{
    /// <summary>A stage begins.</summary>
    public virtual void Stage(string stage, string description)
    {
    }

    public virtual void Step(TrainingProgress progress)
    {
    }

    public virtual void Epoch(EpochResult epoch)
    {
    }

    public virtual void Architecture(ArchitecturePoint point)
    {
    }

    /// <summary>So many of all candidates have been measured at a search's end.</summary>
    public virtual void Measured(int done, int total)
    {
    }

    /// <summary>Something worth knowing.</summary>
    public virtual void Note(string text)
    {
    }
}
